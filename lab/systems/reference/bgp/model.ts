/** What one node's BGP instance is to be: the outcome of the custom resources, and all that GoBGP is told. */
export interface DesiredInstance {
  readonly name: string;
  readonly asn: number;
  /** Dotted notation. */
  readonly routerId: string;
  /** TCP port to accept connections on; undefined: none, the node only dials. */
  readonly listenPort: number | undefined;
  readonly peers: readonly Peer[];
  readonly policies: readonly RoutePolicy[];
  /** Prefixes to originate. What a peer gets of them the policies say; what none of them accepts is sent to nobody. */
  readonly paths: readonly string[];
  /** What no policy matches is sent, too. */
  readonly exportsByDefault?: boolean;
}

export interface Peer {
  readonly name: string;
  readonly address: string;
  /** 0: whatever the peer says it is. */
  readonly asn: number;
  readonly port: number;
  readonly localAddress: string | undefined;
  /** Time to live of packets to an external peer; 1: it must be on the same link. */
  readonly multihop: number;
  /** Seconds. */
  readonly timers: { readonly connectRetry: number; readonly hold: number; readonly keepalive: number };
  /** `afterNotification`: also when a NOTIFICATION ended the session (RFC 8538). */
  readonly gracefulRestart: { readonly restartTime: number; readonly afterNotification: boolean } | undefined;
  readonly families: readonly Family[];
  /** TCP MD5 (RFC 2385). Never to be logged. */
  readonly password: string | undefined;
  /** Waits for the peer's connection. */
  readonly passive?: boolean;
  /** Offers no graceful restart: GoBGP marks the end of its first routes only for peers it has offered that. */
  readonly withoutEndOfRib?: boolean;
}

export interface Family {
  readonly afi: 'ipv4' | 'ipv6';
  readonly safi: 'unicast';
}

/** An export policy: its statements are tried in order, and the first that matches accepts the route. */
export interface RoutePolicy {
  readonly name: string;
  readonly statements: readonly Statement[];
  /** `namespace/name` of the service it is for, if it is for one. */
  readonly service?: string;
}

export interface Statement {
  /** Address of the peer it is for. */
  readonly peer: string;
  /** Exact prefixes. */
  readonly prefixes: readonly string[];
  /** `a:b`, a number, or a well-known name. */
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly localPreference: number | undefined;
}

export const familyOf = (prefix: string): Family['afi'] => (prefix.includes(':') ? 'ipv6' : 'ipv4');

/** Sorts text by its code points, whatever the machine's language. */
export const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
