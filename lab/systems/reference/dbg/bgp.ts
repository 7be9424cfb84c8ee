import { isAtLeast } from '../../../../helpers/version.ts';
import type { BgpAgent } from '../bgp/agent.ts';
import { neighborsOf } from '../bgp/agent.ts';
import type { GobgpNeighbor, GobgpPath, GobgpRib } from '../bgp/gobgp.ts';
import { allowLocal } from '../bgp/gobgp-config.ts';
import type { Statement } from '../bgp/model.ts';
import type { Speaker } from '../bgp/speaker.ts';
import { establishedAt, familyCounts, sessionState } from '../bgp/status.ts';
import { describeAttribute, encodeAttribute, encodePrefix, nextHopOf } from './path-attributes.ts';
import { goDuration, textTable } from './table.ts';

/** `cilium-dbg bgp …`: the models of api/v1/models/bgp_*.go, and the tables of pkg/bgp/api/printers.go. */

interface PeerModel {
  readonly 'local-asn': number;
  readonly 'peer-asn': number;
  readonly 'peer-address': string;
  readonly 'peer-port': number;
  readonly 'session-state': string;
  readonly 'uptime-nanoseconds'?: number;
  readonly families: readonly { afi: string; safi: string; received: number; advertised: number }[];
  readonly [other: string]: unknown;
}

export async function peers(agent: BgpAgent): Promise<PeerModel[]> {
  const found = await Promise.all(
    agent.speakers.map(async speaker => {
      const neighbors = await neighborsOf(speaker);
      return neighbors.flatMap(neighbor => peerModel(speaker, neighbor));
    }),
  );
  return found.flat();
}

function peerModel(speaker: Speaker, neighbor: GobgpNeighbor): PeerModel[] {
  const peer = speaker.current.peers.find(({ address }) => address === neighbor.conf.neighbor_address);
  if (peer === undefined) return [];
  const since = establishedAt(neighbor);
  const { gracefulRestart, timers } = peer;
  return [
    {
      'applied-hold-time-seconds': neighbor.timers?.state?.negotiated_hold_time ?? 0,
      'applied-keep-alive-time-seconds': neighbor.timers?.state?.keepalive_interval ?? 0,
      'configured-hold-time-seconds': timers.hold,
      'configured-keep-alive-time-seconds': timers.keepalive,
      'connect-retry-time-seconds': timers.connectRetry,
      'ebgp-multihop-ttl': peer.multihop,
      families: familyCounts(neighbor).map(({ afi, safi, received, advertised }) => ({
        advertised,
        afi,
        received,
        safi,
      })),
      'graceful-restart':
        gracefulRestart === undefined
          ? {}
          : { enabled: true, 'restart-time-seconds': gracefulRestart.restartTime },
      'local-asn': speaker.current.asn,
      name: peer.name,
      'peer-address': peer.address,
      'peer-asn': peer.asn === 0 ? (neighbor.state?.peer_asn ?? 0) : peer.asn,
      'peer-port': peer.port,
      'session-state': sessionState(neighbor),
      ...(peer.password === undefined ? {} : { 'tcp-password-enabled': true }),
      ...(since === undefined ? {} : { 'uptime-nanoseconds': (Date.now() - since) * 1_000_000 }),
    },
  ];
}

export function peersTable(models: readonly PeerModel[]): string {
  const header = [
    'Local AS',
    'Peer AS',
    'Peer Address',
    'Session',
    'Uptime',
    'Family',
    'Received',
    'Advertised',
  ];
  const rows = models.flatMap(peer =>
    peer.families.map((family, index) => [
      ...(index > 0
        ? ['', '', '', '', '']
        : [
            String(peer['local-asn']),
            String(peer['peer-asn']),
            `${peer['peer-address']}:${peer['peer-port']}`,
            peer['session-state'],
            goDuration((peer['uptime-nanoseconds'] ?? 0) / 1_000_000),
          ]),
      `${family.afi}/${family.safi}`,
      String(family.received),
      String(family.advertised),
    ]),
  );
  return textTable(header, rows);
}

export interface Route {
  readonly asn: number;
  readonly neighbor: string | undefined;
  readonly prefix: string;
  readonly paths: readonly GobgpPath[];
}

/** `available`: what the node originates or has taken in; `advertised`: what each peer was sent. */
export async function routes(agent: BgpAgent, which: 'available' | 'advertised'): Promise<Route[]> {
  const found = await Promise.all(
    agent.speakers.map(async ({ gobgp, current }) => {
      const inRib = (rib: GobgpRib, neighbor?: string): Route[] =>
        Object.entries(rib).map(([prefix, paths]) => ({ asn: current.asn, neighbor, prefix, paths }));
      if (which === 'available') return inRib(await gobgp.globalRib());
      const ribs = current.peers.map(async ({ address }) =>
        inRib(await gobgp.adjacentRib(address, 'out').catch(() => ({})), address),
      );
      return (await Promise.all(ribs)).flat();
    }),
  );
  return found.flat().sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
}

export function routeModels(found: readonly Route[]): unknown[] {
  return found.map(({ asn, neighbor, prefix, paths }) => ({
    ...(neighbor === undefined ? {} : { neighbor }),
    paths: paths.map(path => ({
      'age-nanoseconds': ageMs(path) * 1_000_000,
      ...(path.best === true ? { best: true } : {}),
      family: { afi: 'ipv4', safi: 'unicast' },
      nlri: { base64: encodePrefix(prefix) },
      'path-attributes': path.attrs.flatMap(attribute => {
        const base64 = encodeAttribute(attribute);
        return base64 === undefined ? [] : [{ base64 }];
      }),
    })),
    prefix,
    'router-asn': asn,
  }));
}

export function routesTable(found: readonly Route[], which: 'available' | 'advertised'): string {
  const advertised = which === 'advertised';
  const rows = found.flatMap(({ asn, neighbor, prefix, paths }) =>
    paths.map(path => {
      const attributes = path.attrs.map(describeAttribute).filter(text => text !== undefined);
      return [
        String(asn),
        ...(advertised ? [neighbor ?? ''] : []),
        prefix,
        nextHopOf(path),
        goDuration(ageMs(path)),
        `[${attributes.join(' ')}]`,
      ];
    }),
  );
  return textTable(['VRouter', ...(advertised ? ['Peer'] : []), 'Prefix', 'NextHop', 'Age', 'Attrs'], rows);
}

const ageMs = (path: GobgpPath): number => Math.max(0, Date.now() - path.age * 1000);

interface Policy {
  readonly asn: number;
  readonly name: string;
  readonly type: 'import' | 'export';
  readonly statements: readonly Partial<Statement>[];
}

export function policies(agent: BgpAgent): Policy[] {
  return agent.speakers.flatMap(({ current }): Policy[] => [
    { asn: current.asn, name: allowLocal, type: 'import', statements: [{}] },
    ...current.policies.map(({ name, statements }) => ({
      asn: current.asn,
      name,
      type: 'export' as const,
      statements,
    })),
  ]);
}

/** Cilium 1.18 gives matches as plain lists, with the length behind a peer's address; from 1.19 on they are objects. */
export function policyModels(found: readonly Policy[], version: string): unknown[] {
  const objects = isAtLeast(version, '1.19');
  return found.map(({ asn, name, type, statements }) => ({
    name,
    'router-asn': asn,
    statements: statements.map(statement => {
      const prefixes = statement.prefixes?.map(cidr => {
        const length = Number(cidr.split('/')[1]);
        return { cidr, 'prefix-len-max': length, 'prefix-len-min': length };
      });
      return {
        'add-communities': listOrNull(statement.communities),
        'add-large-communities': listOrNull(statement.largeCommunities),
        'match-families': null,
        ...(statement.peer === undefined
          ? objects
            ? {}
            : { 'match-neighbors': null }
          : {
              'match-neighbors': objects
                ? { neighbors: [statement.peer], type: 'any' }
                : [`${statement.peer}/32`],
            }),
        ...(prefixes === undefined
          ? objects
            ? {}
            : { 'match-prefixes': null }
          : { 'match-prefixes': objects ? { prefixes, type: 'any' } : prefixes }),
        'route-action': 'accept',
        'set-local-preference': statement.localPreference ?? -1,
      };
    }),
    type,
  }));
}

const listOrNull = (list: readonly string[] | undefined): readonly string[] | null =>
  list === undefined || list.length === 0 ? null : list;

export function policiesTable(found: readonly Policy[], version: string): string {
  const header = [
    ...['VRouter', 'Policy Name', 'Type', 'Match Peers', 'Match Families'],
    ...['Match Prefixes (Min..Max Len)', 'RIB Action', 'Path Actions'],
  ];
  const rows = found.flatMap(({ asn, name, type, statements }) =>
    statements.flatMap((statement, index) => {
      const prefixes = (statement.prefixes ?? ['']).map(prefix => {
        const length = prefix.split('/')[1];
        return prefix === '' ? '' : `${prefix} (${length}..${length})`;
      });
      const actions = [
        ...(statement.localPreference === undefined
          ? []
          : [`SetLocalPreference: ${statement.localPreference}`]),
        ...(listOrNull(statement.communities) === null
          ? []
          : [`AddCommunities: [${statement.communities?.join(' ')}]`]),
        ...(listOrNull(statement.largeCommunities) === null
          ? []
          : [`AddLargeCommunities: [${statement.largeCommunities?.join(' ')}]`]),
      ];
      const peer =
        statement.peer === undefined || isAtLeast(version, '1.19') ? statement.peer : `${statement.peer}/32`;
      return prefixes.map((prefix, line) => [
        ...(index + line > 0 ? ['', '', ''] : [String(asn), name, type]),
        ...(line > 0 ? ['', ''] : [peer ?? '', '']),
        prefix,
        ...(line > 0 ? ['', ''] : ['accept', actions.join(' ')]),
      ]);
    }),
  );
  return textTable(header, rows);
}
