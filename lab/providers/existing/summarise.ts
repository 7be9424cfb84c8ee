import { contains, networkOf, parseIpv4, prefix } from '../../../helpers/ipv4.ts';
import type { Access } from '../../../helpers/kube/resource-path.ts';
import { alphabetical, distinct } from '../../../helpers/order.ts';
import { datagramsScript } from '../../../helpers/probe/datagrams.ts';
import { probeScript } from '../../../helpers/probe/probe.ts';
import { hostSpec, type Topology, uplink } from '../../contract/topology.ts';
import type { Footprint, Footprints } from './footprint.ts';
import { type JournalEntry, outsideClaims } from './journal.ts';
import type { Permission } from './schema.ts';

/** Journals of runs on the reference lab, boiled down to what a claim does on any lab. */
export function footprintsOf(journal: readonly JournalEntry[], topology: Topology): Footprints {
  const claims = [...new Set(journal.map(({ claim }) => claim))].toSorted(alphabetical);
  // What Cilium is configured with before the first claim of a file, the claim that is announced next tells.
  const isOfNext = (entry: JournalEntry): boolean =>
    entry.claim === outsideClaims && 'needs' in entry && entry.needs === 'configure';
  return Object.fromEntries(
    claims.map(claim => [
      claim,
      footprintOf(
        journal.filter(entry => entry.claim === claim && !isOfNext(entry)),
        topology,
      ),
    ]),
  );
}

function footprintOf(entries: readonly JournalEntry[], topology: Topology): Footprint {
  const objects = entries.flatMap(entry => ('object' in entry ? [general(entry.object, topology)] : []));
  const commands = (needing: Permission | undefined): string[] =>
    distinct(
      entries.flatMap(entry =>
        'argv' in entry && entry.needs === needing ? [commandOf(entry.host, entry.argv, topology)] : [],
      ),
    );
  const needs = entries.flatMap(entry => {
    if ('need' in entry) return [entry.need];
    return 'argv' in entry && entry.needs !== undefined ? [entry.needs] : [];
  });
  return {
    objects: distinct(objects),
    looks: commands(undefined),
    changes: Object.fromEntries((distinct(needs) as Permission[]).map(need => [need, commands(need)])),
  };
}

const scripts = new Map([
  [probeScript, '{helpers/probe/probe.py}'],
  [datagramsScript, '{helpers/probe/datagrams.py}'],
]);

/** A command line as one would type it, on a kind of machine. */
function commandOf(host: string, argv: readonly string[], topology: Topology): string {
  const known = topology.hosts.some(({ name }) => name === host);
  const role = known ? hostSpec(topology, host).role : host;
  const isPlan = (word: string): boolean => role !== 'this machine' && word.startsWith('{');
  const words = argv.map(
    word => scripts.get(word) ?? (word.includes('\n') || isPlan(word) ? '{script}' : word),
  );
  return `${role}: ${general(words.map(quoted).join(' '), topology)}`;
}

const quoted = (word: string): string => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word}'`);

/** Names and addresses of the reference lab, and numbers drawn for the occasion, as what they stand for. */
function general(text: string, topology: Topology): string {
  const names = topology.hosts.map(host => [host.name, `{${host.role}}`] as const);
  const addresses = topology.hosts.flatMap(host =>
    [...host.interfaces, ...(host.loopbacks ?? [])].map(
      each => [each.address.split('/')[0] ?? '', `{${host.role} address}`] as const,
    ),
  );
  const interfaces = topology.hosts.flatMap(host => [
    ...host.interfaces.map(each => [each.name, '{interface}'] as const),
    ...(host.loopbacks ?? []).map(each => [each.name, '{loopback}'] as const),
  ]);
  const clientNetworks = topology.hosts.flatMap(host =>
    (host.loopbacks ?? []).map(
      ({ address }) => [networkOf(...addressOf(address)), '{client network}'] as const,
    ),
  );
  const known = [
    ...names.filter(([, role]) => role === '{node}'),
    ...addresses,
    ...interfaces,
    [uplink.interface, '{interface}'] as const,
    ...clientNetworks,
    ...topology.clusters.map(({ podCidr }) => [podCidr, '{pod network}'] as const),
    [uplink.gateway, '{gateway}'] as const,
    ...(topology.router === undefined
      ? []
      : [[`router bgp ${topology.router.asn}`, 'router bgp {AS}'] as const]),
  ];
  return known
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce(
      (seen, [name, role]) => seen.replace(new RegExp(`(?<![\\w.])${escaped(name)}(?![\\w.])`, 'g'), role),
      text,
    )
    .replace(/\b[0-9a-f]{24,}\b/g, '{mark}')
    .replace(/(?<=address (?:add|delete|del) )\S+/, '{client address}')
    .replace(/(?<![\w.])\d+(?:\.\d+){3}(?:\/\d+)?(?![\w.])/g, address => meaningOf(address, topology));
}

const addressOf = (written: string): [address: string, length: number] => {
  const [address = '', length] = written.split('/');
  return [address, Number(length)];
};

/** What an address that is no machine's stands for. */
function meaningOf(address: string, topology: Topology): string {
  const [bare = '', length] = address.split('/');
  const value = parseIpv4(bare);
  const within = (range: string): boolean => value !== undefined && contains(prefix(range), value);
  const suffix = length === undefined || length === '32' ? '' : `/${length}`;
  if (topology.clusters.some(({ podCidr }) => within(podCidr)))
    return suffix === '' ? '{pod address}' : '{pod prefix}';
  if (topology.clusters.some(({ serviceCidr }) => within(serviceCidr))) return '{cluster address}';
  if (topology.networks.some(network => within(network.prefix))) return `{free address}${suffix}`;
  const prefixes = topology.hosts.flatMap(host => (host.loopbacks ?? []).map(each => each.address));
  if (prefixes.some(within)) return '{client address}';
  return bare === '127.0.0.1' || bare === '0.0.0.0' ? address : `{service address}${suffix}`;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The distinct requests of a journal, names that differ from lab to lab left out, as text: see `parseRequest`. */
export function requestsOf(journal: readonly JournalEntry[], topology: Topology): string[] {
  const hosts = new Set(topology.hosts.map(({ name }) => name));
  return distinct(
    journal.flatMap(entry => {
      if (!('access' in entry)) return [];
      const { verb, group, resource, namespace, name } = entry.access;
      const shown = hosts.has(name) || resource.startsWith('pods') ? '' : name;
      return [[verb, `${group}/${resource}`, namespace || '-', shown || '-'].join(' ')];
    }),
  );
}

/** `get cilium.io/ciliumbgppeerconfigs - cilium-peer`: verb, group and resource, namespace, name. */
export function parseRequest(text: string): Access {
  const [verb = '', what = '', namespace = '', name = ''] = text.split(' ');
  const slash = what.indexOf('/');
  const orNothing = (word: string): string => (word === '-' ? '' : word);
  return {
    verb,
    group: what.slice(0, slash),
    resource: what.slice(slash + 1),
    namespace: orNothing(namespace),
    name: orNothing(name),
  };
}
