import { missing, table, tooMany } from '../../fault.ts';

/** Claims for which packets have to arrive by the tunnel. */
const tunnelled = ['RT-04', 'RT-05', 'RT-06', 'RT-10', 'RT-11'] as const;

/** Deliberate deviations of tunnels and of the ip-masq-agent. */
export const routingFaults = table([
  [
    'tunnel-route-missing',
    'RT-04',
    'the node knows no route to the PodCIDR of the last of the others',
    missing('172\\.20\\.[12]\\.0/24 via 172\\.20\\.0\\.\\d+ dev cilium_host'),
  ],
  [
    'tunnel-not-encapsulated',
    'RT-04',
    "packets for other nodes' pods are put into no tunnel",
    tooMany('172\\.20\\.\\d\\.\\d+: curl: '),
  ],
  [
    'tunnel-reported-native',
    'RT-04',
    'agents say that routing is native, whatever it is',
    tooMany('Routing: Native'),
  ],
  [
    'tunnel-wrong-port',
    'RT-05 RT-10',
    'tunnels use other UDP ports than documented',
    {
      'RT-05': tooMany('vxlan at UDP 4789'),
      'RT-10': tooMany('UDP 6082, '),
    },
  ],
  [
    'tunnel-outer-pod-address',
    'RT-05 RT-10',
    "the outer source is cilium_host's address, not the node's",
    tooMany('(?:vxlan at UDP 8472|geneve at UDP 6081), 172\\.20\\.0\\.\\d+ > 192\\.168\\.'),
  ],
  [
    'tunnel-inner-source-translated',
    'RT-05 RT-10',
    "inside of the tunnel the pod's address is replaced by cilium_host's",
    tooMany('192\\.168\\.10\\.100 > 192\\.168\\.20\\.100, inside (172\\.20\\.0\\.\\d+) > 172\\.20\\.2\\.'),
  ],
  [
    'tunnel-mtu-not-lowered',
    'RT-06 RT-11',
    'pods may send as much as without a tunnel',
    tooMany('1451 bytes: answered'),
  ],
  [
    'tunnel-mtu-lowered-twice',
    'RT-06 RT-11',
    'the cost of the tunnel is taken from what pods may send twice',
    tooMany('1450 bytes: too long, 1400 are allowed'),
  ],
  [
    'tunnel-route-mtu-missing',
    'RT-06 RT-11',
    "nodes' routes to other nodes' pods have no MTU",
    tooMany("172\\.20\\.1\\.0/24 as long as the interface's"),
  ],
  [
    'tunnel-option-always',
    'RT-11',
    'Geneve packets carry an option of twelve bytes, where there is room',
    tooMany('geneve adds 62 bytes'),
  ],
  [
    'masq-agent-ignored',
    'RT-08 RT-12',
    'the ip-masq-agent exempts nothing from masquerading',
    tooMany('192\\.168\\.10\\.100 > 192\\.168\\.10\\.200:8080'),
  ],
  [
    'masq-agent-exempts-everything',
    'RT-08',
    'with the ip-masq-agent nothing is masqueraded',
    tooMany('172\\.20\\.0\\.\\d+ > 192\\.168\\.20\\.200:8080'),
  ],
  [
    'masq-agent-reads-once',
    'RT-13',
    'the ip-masq-agent keeps to the first list it was given',
    tooMany('172\\.20\\.0\\.\\d+ > 192\\.168\\.10\\.200:8080'),
  ],
  [
    'masq-agent-only-adds',
    'RT-13',
    'the ip-masq-agent goes on exempting what is no longer in its list',
    tooMany('172\\.20\\.0\\.\\d+ > 192\\.168\\.10\\.200:8080'),
  ],
  [
    'masq-agent-defaults-missing',
    'RT-12',
    'without a list of its own the ip-masq-agent exempts nothing',
    tooMany('192\\.168\\.10\\.100 > 192\\.168\\.10\\.200:8080'),
  ],
]).map(fault => (fault.name.startsWith('tunnel-') ? { ...fault, may: tunnelled } : fault));
