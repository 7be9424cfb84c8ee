import type { FaultTable } from '../../fault.ts';
import { anyNode, cluster, ctr, poolAddress, w1 } from '../../places.ts';
import { says, tooMany } from '../../reason.ts';

/** Claims that need answers from replicas on other nodes. */
const answered = [
  'DSR-03',
  'DSR-04',
  'DSR-05',
  'DSR-06',
  'DSR-07',
  'DSR-08',
  'DSR-09',
  'DSR-10',
  'DSR-11',
] as const;

/** Deliberate deviations of direct server return: by system.ts, entries.ts and program.c. */
export const dsrFaults = {
  'dsr-always-on': {
    description: 'DSR, Geneve and Maglev are on before anybody asked for them',
    kills: { 'DSR-01': tooMany`Mode: DSR` },
  },
  'dsr-algorithm-ignored': {
    description: 'loadBalancer.algorithm has no effect',
    kills: { 'DSR-02': tooMany`Backend Selection: Random` },
    may: ['DSR-07', 'DSR-08', 'DSR-09'],
  },
  'dsr-inner-source-rewritten': {
    description: "inside of Geneve the client's address is replaced by the entry node's",
    kills: { 'DSR-03': tooMany`geneve (\S+) > \S+, inside \1 > ${cluster.anyPod}` },
    may: answered,
  },
  'dsr-only-the-syn': {
    description: 'what follows the SYN of a connection served elsewhere is dropped',
    kills: { 'DSR-03': tooMany`: \d+ of \d+ packets in geneve` },
    may: answered,
  },
  'dsr-option-missing': {
    description: 'no Geneve packet carries the DSR option',
    kills: { 'DSR-04': tooMany`a SYN without the option` },
    may: answered,
  },
  'dsr-option-wrong-address': {
    description: 'the DSR option carries another address than that of the service',
    kills: { 'DSR-04': tooMany`the option says ${poolAddress}:80` },
    may: answered,
  },
  'dsr-reply-through-entry-node': {
    description: 'replies go back in Geneve to the node the connection entered at',
    kills: { 'DSR-05': tooMany`entered at (\S+), served on \S+: replies on \1 from ${poolAddress}:80` },
    may: answered,
  },
  'dsr-source-translated': {
    description: 'mode DSR has no effect but on what the agent says: the entry node translates the source',
    kills: { 'DSR-06': tooMany`seen as (?:${ctr.address}|${w1.address})` },
    may: answered,
  },
  'maglev-tables-differ': {
    description: 'every node fills its Maglev tables from a seed of its own',
    kills: { 'DSR-07': tooMany`:\d+: (webpod-\S+) by \S+, (?!\1)webpod-\S+ by` },
    may: ['DSR-09'],
  },
  'maglev-rehash': {
    description: 'tables are filled by turns, so that the loss of one backend moves most of the entries',
    kills: { 'DSR-08': says`moved to another replica: \d{2,}` },
  },
  'cilium-27730': {
    description:
      'a connection that comes by another node goes on to another backend, whose reset has the address of the pod',
    kills: { 'DSR-09': tooMany`:\d+ (?:fell silent \(timeout\)|waits for an answer)` },
  },
  'cilium-32189': {
    description: "only the SYN-ACK has the service's source address, later packets have the node's",
    kills: { 'DSR-05': tooMany`served on \S+: replies on \S+ from ${anyNode}:80` },
    may: answered,
  },
  'cilium-33609': {
    description: "TCP replies of another node's pods leave with the address of the pod, UDP replies do not",
    kills: { 'DSR-05': tooMany`served on \S+: replies on \S+ from ${cluster.anyPod}:80` },
    may: answered,
  },
  'dsr-udp-option-once': {
    description: 'only the first datagram of a flow carries the DSR option',
    kills: { 'DSR-11': tooMany`geneve without the option` },
  },
  'dsr-udp-from-pod': {
    description: "UDP replies of another node's pods leave with the address of the pod, TCP replies do not",
    kills: { 'DSR-11': tooMany`a reply from ${cluster.anyPod}:9053` },
  },
  'dsr-too-big-silent': {
    description: 'packets that do not fit into Geneve are dropped without a word to the client',
    kills: { 'DSR-10': tooMany`: timeout, not whole in geneve` },
  },
} as const satisfies FaultTable;
