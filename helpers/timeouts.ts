/** How long things may take, in milliseconds, on the slowest lab that is still sound. What it took is measured. */

/** A session: the agent's connect retry is drawn from [t, 2t), and real agents restart in tens of seconds. */
export const bgpEstablishedMs = 60_000;

/** A change in the cluster, or a withdrawal, to the router's table. */
export const convergenceMs = 30_000;

/** A pod from created to ready, image pulls included. */
export const podReadyMs = 120_000;

/** Something that is a look away: sockets, kernel routes. */
export const immediateMs = 10_000;
