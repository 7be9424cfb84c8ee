/** Deliberate deviations of direct server return: by system.ts, entries.ts and program.c. */
export const dsrFaults = [
  {
    name: 'dsr-always-on',
    description: 'DSR, Geneve and Maglev are on before anybody asked for them',
    kills: ['DSR-01'],
  },
  {
    name: 'dsr-algorithm-ignored',
    description: 'loadBalancer.algorithm has no effect',
    kills: ['DSR-02'],
  },
  {
    name: 'dsr-inner-source-rewritten',
    description: "inside of Geneve the client's address is replaced by the entry node's",
    kills: ['DSR-03'],
  },
  {
    name: 'dsr-only-the-syn',
    description: 'what follows the SYN of a connection served elsewhere is dropped',
    kills: ['DSR-03'],
  },
  {
    name: 'dsr-option-missing',
    description: 'no Geneve packet carries the DSR option',
    kills: ['DSR-04'],
  },
  {
    name: 'dsr-option-wrong-address',
    description: 'the DSR option carries another address than that of the service',
    kills: ['DSR-04'],
  },
] as const;
