/** Deliberate deviations of LB-IPAM: each must turn the claims it kills red. */
export const lbipamFaults = [
  {
    name: 'lbipam-allocates-without-pool',
    description: 'a service that no pool serves gets an address from nowhere (198.51.100.0/24)',
    kills: ['IPAM-01'],
  },
  {
    name: 'lbipam-first-last-handed-out',
    description: 'allowFirstLastIPs: "No" has no effect',
    kills: ['IPAM-02', 'IPAM-04'],
  },
  {
    name: 'lbipam-block-off-by-one',
    description: 'a start/stop block begins one address early',
    kills: ['IPAM-03'],
  },
  {
    name: 'lbipam-address-leaks',
    description: 'the address of a service that is gone stays taken',
    kills: ['IPAM-06'],
  },
  {
    name: 'lbipam-request-ignored',
    description: 'requested addresses are not looked at',
    kills: ['IPAM-07'],
  },
  {
    name: 'lbipam-sharing-ignored',
    description: 'services with one sharing key get an address each',
    kills: ['IPAM-08'],
  },
  {
    name: 'lbipam-address-twice',
    description: 'services that cannot share get the same address',
    kills: ['IPAM-08'],
  },
  {
    name: 'cilium-30700',
    description: 'a restart of the operator separates services that share an address',
    kills: ['IPAM-12'],
  },
  {
    name: 'cilium-40358',
    description: 'widening a pool gives every service a new address',
    kills: ['IPAM-10'],
  },
  {
    name: 'cilium-34106',
    description: 'a member of a sharing group that was deleted and made again gets another address',
    kills: ['IPAM-11'],
  },
] as const;
