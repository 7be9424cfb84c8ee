/** Deliberate deviations of LB-IPAM: each must turn the claims it kills red. */
export const lbipamFaults = [
  {
    name: 'lbipam-allocates-without-pool',
    description: 'a service that no pool serves gets an address from nowhere (198.51.100.0/24)',
    kills: ['IPAM-01'],
    because: /addresses of pending [\s\S]*too many:\s+198\.51\.100\./,
  },
  {
    name: 'lbipam-first-last-handed-out',
    description: 'allowFirstLastIPs: "No" has no effect',
    kills: ['IPAM-02', 'IPAM-04'],
    because: {
      'IPAM-02': /addresses pool pool can give [\s\S]*too many:\s+256/,
      'IPAM-04': /addresses of a, b, c, d [\s\S]*too many:[\s\S]*172\.16\.2\.[03]/,
    },
  },
  {
    name: 'lbipam-block-off-by-one',
    description: 'a start/stop block begins one address early',
    kills: ['IPAM-03'],
    because: /addresses of a, b, c [\s\S]*too many:\s+172\.16\.1\.19/,
  },
  {
    name: 'lbipam-address-leaks',
    description: 'the address of a service that is gone stays taken',
    kills: ['IPAM-06'],
    because: /addresses pool pool can give [\s\S]*missing:\s+1\s[\s\S]*too many:\s+0/,
  },
  {
    name: 'lbipam-request-ignored',
    description: 'requested addresses are not looked at',
    kills: ['IPAM-07'],
    because: /addresses of asked [\s\S]*missing:\s+172\.16\.1\.77/,
  },
  {
    name: 'lbipam-sharing-ignored',
    description: 'services with one sharing key get an address each',
    kills: ['IPAM-08'],
    because: /addresses of port-8080 [\s\S]*too many:\s+172\.16\.1\.41/,
  },
  {
    name: 'lbipam-address-twice',
    description: 'services that cannot share get the same address',
    kills: ['IPAM-08'],
    because: /addresses of port-80-again [\s\S]*missing:\s+172\.16\.1\.41[\s\S]*too many:\s+172\.16\.1\.40/,
  },
  {
    name: 'lbipam-takes-cidrs',
    description: 'a pool may be written with the older field cidrs, and hands out from it',
    kills: ['IPAM-05'],
    because: /a pool written with cidrs is refused[\s\S]*resolved instead of rejected/,
  },
  {
    name: 'lbipam-waiting-forgotten',
    description: 'a service that found its pool full is not looked at again when the pool grows',
    kills: ['IPAM-10'],
    because: /addresses of late [\s\S]*missing:\s+172\.16\.1\.71/,
  },
  {
    name: 'lbipam-disabled-ignored',
    description: 'a disabled pool goes on handing out',
    kills: ['IPAM-13'],
    because: /condition IPAMRequestSatisfied of while-disabled [\s\S]*too many:\s+True satisfied/,
  },
  {
    name: 'lbipam-disabled-takes-back',
    description: 'what a pool has given is taken back when it is disabled',
    kills: ['IPAM-13'],
    // What was taken back can be given again: one address too many.
    because: /addresses pool \S+ can give[\s\S]*missing:\s+10\s+too many:\s+11/,
  },
  {
    name: 'lbipam-conflict-ignored',
    description: 'pools that overlap hand out side by side',
    kills: ['IPAM-14'],
    because: /condition PoolConflict of younger [\s\S]*too many:\s+False/,
  },
  {
    name: 'lbipam-selector-ignored',
    description: 'a pool serves every service, whatever its selector says',
    kills: ['IPAM-15'],
    because: /condition IPAMRequestSatisfied of unselected [\s\S]*too many:\s+True satisfied/,
  },
  {
    name: 'cilium-30700',
    description: 'a restart of the operator separates services that share an address',
    kills: ['IPAM-12'],
    because: /addresses of services [\s\S]*missing:\s+port-80\d*: 172\.16\.1\.60/,
  },
  {
    name: 'cilium-40358',
    description: 'widening a pool gives every service a new address',
    kills: ['IPAM-16'],
    because: /addresses of services [\s\S]*missing:\s+a: 172\.16\.1\.12/,
  },
  {
    name: 'cilium-34106',
    description: 'a member of a sharing group that was deleted and made again gets another address',
    kills: ['IPAM-11'],
    because: /addresses of port-80, port-8080 [\s\S]*too many:\s+172\.16\.1\./,
  },
] as const;
