import type { DesiredInstance, Peer, RoutePolicy, Statement } from './model.ts';

/**
 * The configuration file of gobgpd, in its JSON form, for one BGP instance: policies apply to all peers and name
 * the peer they are for, as Cilium's do. Nothing received is accepted: routes are for the router, not for the node.
 */
export function gobgpConfig(instance: DesiredInstance, revision: number): Record<string, unknown> {
  const statements = instance.policies.flatMap(policy => numbered(policy));
  return {
    global: {
      config: { as: instance.asn, 'router-id': instance.routerId, port: instance.listenPort ?? -1 },
      'apply-policy': {
        config: {
          'import-policy-list': [allowLocal],
          'default-import-policy': 'reject-route',
          'export-policy-list': instance.policies.map(({ name }) => name),
          'default-export-policy': instance.exportsByDefault === true ? 'accept-route' : 'reject-route',
        },
      },
    },
    neighbors: instance.peers.map(peer => neighbor(peer, instance.asn)),
    'defined-sets': {
      'prefix-sets': statements.map(([name, { prefixes }]) => ({
        'prefix-set-name': `${name}-prefix`,
        'prefix-list': prefixes.map(prefix => {
          const length = prefix.split('/')[1];
          return { 'ip-prefix': prefix, 'masklength-range': `${length}..${length}` };
        }),
      })),
      'neighbor-sets': statements.map(([name, { peer }]) => ({
        'neighbor-set-name': `${name}-neighbor`,
        'neighbor-info-list': [`${peer}/${peer.includes(':') ? 128 : 32}`],
      })),
    },
    'policy-definitions': [
      {
        name: allowLocal,
        statements: [
          {
            name: allowLocal,
            conditions: { 'bgp-conditions': { 'route-type': 'local' } },
            actions: { 'route-disposition': 'accept-route' },
          },
        ],
      },
      ...instance.policies.map(policy => ({
        name: policy.name,
        statements: numbered(policy).map(([name, statement]) => policyStatement(name, statement)),
      })),
      // Applied to nothing. Policies that differ make gobgpd end a reload with a line in its log, whatever else
      // has changed, and that line is how the end of a reload is known.
      { name: `revision-${revision}`, statements: [] },
    ],
  };
}

/** Lets the node's own routes pass the import policy that refuses all others. */
export const allowLocal = 'allow-local';

/** gobgpd knows statements and sets by name, across policies. */
function numbered({ name, statements }: RoutePolicy): [string, Statement][] {
  return statements.map((statement, index) => [`${name}-${index}`, statement]);
}

function policyStatement(name: string, statement: Statement): Record<string, unknown> {
  const { communities, largeCommunities, localPreference } = statement;
  const setCommunities = (kind: string, list: readonly string[]): Record<string, unknown> =>
    list.length === 0
      ? {}
      : { [`set-${kind}`]: { options: 'add', [`set-${kind}-method`]: { 'communities-list': list } } };
  return {
    name,
    conditions: {
      'match-prefix-set': { 'prefix-set': `${name}-prefix`, 'match-set-options': 'any' },
      'match-neighbor-set': { 'neighbor-set': `${name}-neighbor`, 'match-set-options': 'any' },
    },
    actions: {
      'route-disposition': 'accept-route',
      'bgp-actions': {
        ...setCommunities('community', communities),
        ...setCommunities('large-community', largeCommunities),
        // No effect on an external peer: GoBGP sends it to internal ones only.
        ...(localPreference === undefined ? {} : { 'set-local-pref': localPreference }),
      },
    },
  };
}

/** Seconds a session stays idle after a reset: Cilium's constant (pkg/bgp/gobgp/server.go). */
const idleHoldTimeAfterReset = 5;

function neighbor(peer: Peer, localAsn: number): Record<string, unknown> {
  const { gracefulRestart, timers } = peer;
  const restarts = gracefulRestart !== undefined && peer.withoutEndOfRib !== true;
  const external = localAsn !== peer.asn;
  return {
    config: {
      'neighbor-address': peer.address,
      'peer-as': peer.asn,
      ...(peer.password === undefined ? {} : { 'auth-password': peer.password }),
    },
    timers: {
      config: {
        'connect-retry': timers.connectRetry,
        'hold-time': timers.hold,
        'keepalive-interval': timers.keepalive,
        'idle-hold-time-after-reset': idleHoldTimeAfterReset,
      },
    },
    transport: {
      config: {
        'remote-port': peer.port,
        ...(peer.localAddress === undefined ? {} : { 'local-address': peer.localAddress }),
        ...(peer.passive === true ? { 'passive-mode': true } : {}),
      },
    },
    ...(external && peer.multihop > 1
      ? { 'ebgp-multihop': { config: { enabled: true, 'multihop-ttl': peer.multihop } } }
      : {}),
    ...(restarts
      ? {
          'graceful-restart': {
            config: {
              enabled: true,
              'restart-time': gracefulRestart.restartTime,
              'notification-enabled': gracefulRestart.afterNotification,
            },
          },
        }
      : {}),
    'afi-safis': peer.families.map(({ afi, safi }) => ({
      config: { 'afi-safi-name': `${afi}-${safi}` },
      ...(restarts ? { 'mp-graceful-restart': { config: { enabled: true } } } : {}),
    })),
  };
}
