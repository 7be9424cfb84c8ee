import { each, type FaultTable } from '../../fault.ts';
import { anyNode, cluster, ctr, router, router20, w0, w1 } from '../../places.ts';
import { missing, observed, tooMany } from '../../reason.ts';

/** Claims for which packets have to arrive by the tunnel. */
const tunnelled = ['RT-04', 'RT-05', 'RT-06', 'RT-10', 'RT-11'] as const;

/** Deliberate deviations of tunnels and of the ip-masq-agent. */
export const routingFaults = {
  'tunnel-route-missing': {
    description: 'the node knows no route to the PodCIDR of the last of the others',
    kills: {
      'RT-04': {
        ...observed`(?:${w1.podCidr}|${w0.podCidr}) via ${ctr.pod} dev cilium_host`,
        ...missing`(?:${w1.podCidr}|${w0.podCidr}) via ${ctr.pod} dev cilium_host`,
      },
    },
    may: tunnelled,
  },
  'tunnel-not-encapsulated': {
    description: "packets for other nodes' pods are put into no tunnel",
    kills: { 'RT-04': tooMany`${cluster.anyPod}: curl: ` },
    may: tunnelled,
  },
  'tunnel-reported-native': {
    description: 'agents say that routing is native, whatever it is',
    kills: { 'RT-04': tooMany`Routing: Native` },
    may: tunnelled,
  },
  'tunnel-wrong-port': {
    description: 'tunnels use other UDP ports than documented',
    kills: { 'RT-05': tooMany`vxlan at UDP 4789`, 'RT-10': tooMany`UDP 6082, ` },
    may: tunnelled,
  },
  'tunnel-outer-pod-address': {
    description: "the outer source is cilium_host's address, not the node's",
    kills: each(
      ['RT-05', 'RT-10'],
      tooMany`(?:vxlan at UDP 8472|geneve at UDP 6081), ${ctr.pod} > ${anyNode}`,
    ),
    may: tunnelled,
  },
  'tunnel-inner-source-translated': {
    description: "inside of the tunnel the pod's address is replaced by cilium_host's",
    kills: each(['RT-05', 'RT-10'], tooMany`${ctr.address} > ${w0.address}, inside (${ctr.pod}) > ${w0.pod}`),
    may: tunnelled,
  },
  'tunnel-mtu-not-lowered': {
    description: 'pods may send as much as without a tunnel',
    kills: each(['RT-06', 'RT-11'], tooMany`1451 bytes: answered`),
    may: tunnelled,
  },
  'tunnel-mtu-lowered-twice': {
    description: 'the cost of the tunnel is taken from what pods may send twice',
    kills: each(['RT-06', 'RT-11'], tooMany`1450 bytes: too long, 1400 are allowed`),
    may: tunnelled,
  },
  'tunnel-route-mtu-missing': {
    description: "nodes' routes to other nodes' pods have no MTU",
    kills: each(['RT-06', 'RT-11'], tooMany`${w1.podCidr} as long as the interface's`),
    may: tunnelled,
  },
  'tunnel-option-always': {
    description: 'Geneve packets carry an option of twelve bytes, where there is room',
    kills: { 'RT-11': tooMany`geneve adds 62 bytes` },
    may: tunnelled,
  },
  'masq-agent-ignored': {
    description: 'the ip-masq-agent exempts nothing from masquerading',
    kills: each(['RT-08', 'RT-12'], tooMany`${ctr.address} > ${router}:8080`),
  },
  'masq-agent-exempts-everything': {
    description: 'with the ip-masq-agent nothing is masqueraded',
    kills: { 'RT-08': tooMany`${ctr.pod} > ${router20}:8080` },
  },
  'masq-agent-reads-once': {
    description: 'the ip-masq-agent keeps to the first list it was given',
    kills: { 'RT-13': tooMany`${ctr.pod} > ${router}:8080` },
  },
  'masq-agent-only-adds': {
    description: 'the ip-masq-agent goes on exempting what is no longer in its list',
    kills: { 'RT-13': tooMany`${ctr.pod} > ${router}:8080` },
  },
  'masq-agent-defaults-missing': {
    description: 'without a list of its own the ip-masq-agent exempts nothing',
    kills: { 'RT-12': tooMany`${ctr.address} > ${router}:8080` },
  },
} as const satisfies FaultTable;
