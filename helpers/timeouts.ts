/**
 * How long things may take, in milliseconds, on the slowest lab that is still sound. What it took is measured.
 * CONFORMANCE_PATIENCE scales them: below 1 where failures are wanted and waited for (falsify), above on slow labs.
 */
const patience = Number(process.env.CONFORMANCE_PATIENCE ?? 1);

/**
 * A session: the agent's connect retry is drawn from [t, 2t), and real agents restart in tens of seconds. However
 * impatient: five seconds idle after a reset, and ten until the next try, are the protocol's own (t is 5 s here).
 */
export const bgpEstablishedMs = Math.max(16_000, 60_000 * patience);

/** A change in the cluster, or a withdrawal, to the router's table; stale routes go after the restart time only. */
export const convergenceMs = 30_000 * patience;

/** A ConfigMap's change until pods have it in their files: the kubelet looks once a minute, at what it has cached. */
export const volumeSyncMs = 150_000 * patience;

/** A pod from created to ready, image pulls included. */
export const podReadyMs = 120_000 * patience;

/** Something that is a look away: sockets, kernel routes. */
export const immediateMs = 10_000 * patience;

/** Sessions and routes of a peer that went silently: hold time (90 s by default) and as much again to notice. */
export const silentLossMs = 180_000;

/** How long absence is watched: several times what any of our routers or agents needs to act on a change. */
export const absenceMs = 3_000;
