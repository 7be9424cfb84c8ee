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
export const dsrFaults = [
  {
    name: 'dsr-always-on',
    description: 'DSR, Geneve and Maglev are on before anybody asked for them',
    kills: ['DSR-01'],
    because: /too many:\s[\s\S]*Mode: DSR/,
  },
  {
    name: 'dsr-algorithm-ignored',
    description: 'loadBalancer.algorithm has no effect',
    kills: ['DSR-02'],
    may: ['DSR-07', 'DSR-08', 'DSR-09'],
    because: /too many:\s[\s\S]*Backend Selection: Random/,
  },
  {
    name: 'dsr-inner-source-rewritten',
    description: "inside of Geneve the client's address is replaced by the entry node's",
    kills: ['DSR-03'],
    may: answered,
    because: /too many:\s[\s\S]*geneve (\S+) > \S+, inside \1 > 172\.20\./,
  },
  {
    name: 'dsr-only-the-syn',
    description: 'what follows the SYN of a connection served elsewhere is dropped',
    kills: ['DSR-03'],
    may: answered,
    because: /too many:\s[\s\S]*: \d+ of \d+ packets in geneve/,
  },
  {
    name: 'dsr-option-missing',
    description: 'no Geneve packet carries the DSR option',
    kills: ['DSR-04'],
    may: answered,
    because: /too many:\s[\s\S]*a SYN without the option/,
  },
  {
    name: 'dsr-option-wrong-address',
    description: 'the DSR option carries another address than that of the service',
    kills: ['DSR-04'],
    may: answered,
    because: /too many:\s[\s\S]*the option says 172\.16\.1\.\d+:80/,
  },
  {
    name: 'dsr-reply-through-entry-node',
    description: 'replies go back in Geneve to the node the connection entered at',
    kills: ['DSR-05'],
    may: answered,
    because: /too many:\s[\s\S]*entered at (\S+), served on \S+: replies on \1 from 172\.16\.1\.\d+:80/,
  },
  {
    name: 'dsr-source-translated',
    description: 'mode DSR has no effect but on what the agent says: the entry node translates the source',
    kills: ['DSR-06'],
    may: answered,
    because: /too many:\s[\s\S]*seen as 192\.168\.10\.10/,
  },
  {
    name: 'maglev-tables-differ',
    description: 'every node fills its Maglev tables from a seed of its own',
    kills: ['DSR-07'],
    may: ['DSR-09'],
    because: /too many:\s[\s\S]*:\d+: (webpod-\S+) by \S+, (?!\1)webpod-\S+ by/,
  },
  {
    name: 'maglev-rehash',
    description: 'tables are filled by turns, so that the loss of one backend moves most of the entries',
    kills: ['DSR-08'],
    because: /moved to another replica: \d{2,}/,
  },
  {
    name: 'cilium-27730',
    description:
      'a connection that comes by another node goes on to another backend, whose reset has the address of the pod',
    kills: ['DSR-09'],
    because: /too many:\s[\s\S]*:\d+ (?:fell silent \(timeout\)|waits for an answer)/,
  },
  {
    name: 'cilium-32189',
    description: "only the SYN-ACK has the service's source address, later packets have the node's",
    kills: ['DSR-05'],
    may: answered,
    because: /too many:\s[\s\S]*served on \S+: replies on \S+ from 192\.168\.\d+\.\d+:80/,
  },
  {
    name: 'cilium-33609',
    description: "TCP replies of another node's pods leave with the address of the pod, UDP replies do not",
    kills: ['DSR-05'],
    may: answered,
    because: /too many:\s[\s\S]*served on \S+: replies on \S+ from 172\.20\.\d+\.\d+:80/,
  },
  {
    name: 'dsr-udp-option-once',
    description: 'only the first datagram of a flow carries the DSR option',
    kills: ['DSR-11'],
    because: /too many:\s[\s\S]*geneve without the option/,
  },
  {
    name: 'dsr-udp-from-pod',
    description: "UDP replies of another node's pods leave with the address of the pod, TCP replies do not",
    kills: ['DSR-11'],
    because: /too many:\s[\s\S]*a reply from 172\.20\.\d+\.\d+:9053/,
  },
  {
    name: 'dsr-too-big-silent',
    description: 'packets that do not fit into Geneve are dropped without a word to the client',
    kills: ['DSR-10'],
    because: /too many:\s[\s\S]*: timeout, not whole in geneve/,
  },
] as const;
