/**
 * Real Cilium bugs in this suite's field, and what becomes of each here: the claims that catch it (each names a fault
 * of the reference system that behaves as the bug did, `cilium-<number>`), the claim still to be written, or why it is
 * out of reach. `npm run falsify -- --list` shows it.
 */
export interface Regression {
  /** Number of the issue or pull request. */
  readonly id: number;
  /** e.g. `cilium#44803` */
  readonly reference: string;
  readonly title: string;
  readonly outcome: /** `fault`: the fault that behaves as the bug did, where it is not named `cilium-<id>`. */
    | { readonly caughtBy: readonly [string, ...string[]]; readonly fault?: string }
    | { readonly toWrite: string }
    | { readonly outOfReach: string };
}

export const regressions: readonly Regression[] = [
  bug(44803, 'Under policy Local every BGP node advertises the address', { caughtBy: ['LB-06'] }),
  bug(36055, 'An address is not announced again after its only pod was recreated', { caughtBy: ['LB-17'] }),
  bug(38924, 'The end of the last endpoint triggers no BGP reconciliation', { caughtBy: ['LB-12'] }),
  bug(35018, 'Deleting one of two services that share an address withdraws it', { caughtBy: ['LB-16'] }),
  bug(38620, "A peer's new address is missing from the service route policies", { caughtBy: ['BGP-30'] }),
  bug(31947, 'Path attributes are not applied to addresses of pools written with blocks', {
    caughtBy: ['BGP-27'],
  }),
  bug(35721, 'Of overlapping advertisements the last one overwrites the communities of the others', {
    caughtBy: ['BGP-28'],
  }),
  bug(25320, 'Of several PodCIDRs released at once one stays advertised', {
    outOfReach:
      'a node of this lab has one PodCIDR; several, released in one step, need multi-pool address management',
  }),
  bug(18250, "A node's PodCIDR is withdrawn when a service address is announced", { caughtBy: ['LB-01'] }),
  bug(24069, 'After an agent restart the session is back and the PodCIDR is not', {
    caughtBy: ['BGP-20', 'BGP-22'],
  }),
  bug(28632, 'A generated range that nobody configured is advertised', { caughtBy: ['BGP-05'] }),
  bug(31346, 'In spite of graceful restart the router drops the routes when the agent goes', {
    caughtBy: ['BGP-20'],
  }),
  bug(30700, 'An operator restart gives services with a sharing key separate addresses', {
    caughtBy: ['IPAM-12'],
  }),
  bug(40358, 'Widening a pool gives every service another address', { caughtBy: ['IPAM-16'] }),
  bug(34106, 'A service that comes back to its sharing group gets another address', {
    caughtBy: ['IPAM-11'],
  }),
  bug(44222, 'After an upgrade addresses with a sharing key are unreachable over L2, also after going back', {
    outOfReach: 'it shows on the way back to the older version, and the upgrade run goes one way',
  }),
  bug(32115, 'Deleting one of several services on one address ends its ARP replies', {
    caughtBy: ['L2-08'],
  }),
  bug(48419, 'Two nodes answer ARP for an address that two services share', {
    outOfReach:
      'a lease for each service is how all versions do it, so that two may lead for one address; to be documented as unsupported',
  }),
  bug(48799, 'Under policy Local the address of a Gateway is no longer announced', {
    outOfReach: 'Gateways need Envoy, which the lab does not run',
  }),
  bug(40521, 'On nodes with several interfaces replies leave by the wrong one', { caughtBy: ['LB-21'] }),
  bug(33609, 'With Geneve DSR the TCP handshake does not complete while UDP works', {
    caughtBy: ['DSR-05'],
  }),
  bug(32189, 'With Geneve DSR and without BPF masquerading later packets lose the service address', {
    caughtBy: ['DSR-05'],
  }),
  bug(27730, 'With DSR an open connection whose backend or next hop changed gets no reset', {
    caughtBy: ['DSR-09'],
  }),
  bug(13461, 'Maglev tables of the nodes differ for the same backends', {
    outOfReach:
      'in another order of three backends 2 to 13 of 10,000 entries differ, which no train of requests shows; DSR-07 catches tables that differ by more',
  }),
  bug(46623, 'The affinity "none" loses all remote backends', {
    caughtBy: ['MESH-14'],
  }),
  bug(45109, 'Two service ports with one target port lose their remote endpoints', {
    caughtBy: ['MESH-15'],
  }),
  bug(43681, "The agent's service list no longer shows which backends are not preferred", {
    outOfReach: "the agent's own listing; the suite judges affinity by who answers (MESH-10, MESH-11)",
  }),
  bug(45441, 'A backend removed while the agent was down stays after its restart', {
    caughtBy: ['MESH-16'],
  }),
  bug(23823, 'An agent restart interrupts global services for a moment', {
    caughtBy: ['MESH-17'],
  }),
  bug(18766, 'Switching shared to false on an existing service has no effect', {
    caughtBy: ['MESH-12'],
  }),
  bug(28137, 'Direct routes to nodes or PodCIDRs that went while the agent was down stay', {
    caughtBy: ['RT-09'],
  }),
];

function bug(id: number, title: string, outcome: Regression['outcome']): Regression {
  return { id, reference: `cilium#${id}`, title, outcome };
}

/** One line a bug, for people. */
export function regressionLine({ reference, title, outcome }: Regression): string {
  const [state, what] =
    'caughtBy' in outcome
      ? ['caught by', outcome.caughtBy.join(' ')]
      : 'toWrite' in outcome
        ? ['to write', outcome.toWrite]
        : ['out of reach', outcome.outOfReach];
  return `${reference.padEnd(13)} ${title}: ${state}: ${what}`;
}
