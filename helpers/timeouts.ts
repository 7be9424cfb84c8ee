/**
 * Deadlines: how long things may take, in milliseconds, on the slowest lab that is still sound. Windows: how long
 * something is watched that must stay, or stay away. What it took is measured. Each can be given otherwise where it is used.
 * @param patience scales deadlines: below 1 where failures are wanted and waited for (falsify), above on slow labs. A
 * window is as long as its reason, and never shorter: on a slow lab a change takes longer to show.
 */
export function timesFor(patience: number) {
  const deadline = (ms: number): number => ms * patience;
  const window = (ms: number): number => ms * Math.max(1, patience);
  return {
    /**
     * A session: the agent's connect retry is drawn from [t, 2t), and real agents restart in tens of seconds. However
     * impatient: five seconds idle after a reset, and ten until the next try, are the protocol's own (t is 5 s here).
     */
    bgpEstablishedMs: Math.max(16_000, deadline(60_000)),
    /** A change in the cluster, or a withdrawal, to the router's table; stale routes go after the restart time only. */
    convergenceMs: deadline(30_000),
    /** A ConfigMap's change until pods have it in their files: the kubelet looks once a minute, at what it has cached. */
    volumeSyncMs: deadline(150_000),
    /** A pod from created to ready, image pulls included. Not shorter with less patience: claims begin with ready pods. */
    podReadyMs: 120_000 * Math.max(1, patience),
    /** Something that is a look away: sockets, kernel routes. */
    immediateMs: deadline(10_000),
    /** Sessions and routes of a peer that went silently: hold time (90 s by default) and as much again to notice. */
    silentLossMs: 180_000 * Math.max(1, patience),
    /** Agents note the nodes they know once a minute at most (pkg/node/manager, `nodeCheckpointMinInterval`). */
    notingMs: 90_000 * Math.max(1, patience),

    /** Whatever has become as expected is looked at a few times more: it may have been right in passing. */
    blipMs: window(200),
    /** An update of a route, from the withdrawal to the new announcement, is over in this time. */
    flapMs: window(500),
    /** LB-IPAM and the router act on a change, a withdrawal included, in less than a second. */
    keepMs: window(2_000),
    /** Absence: several times what any of our routers or agents needs to act on a change. */
    absenceMs: window(3_000),
  };
}

export const {
  bgpEstablishedMs,
  convergenceMs,
  volumeSyncMs,
  podReadyMs,
  immediateMs,
  silentLossMs,
  notingMs,
  blipMs,
  flapMs,
  keepMs,
  absenceMs,
} = timesFor(Number(process.env.CONFORMANCE_PATIENCE ?? 1));
