import {
  bgpAdvertisements,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpNodeConfigs,
  bgpPeerConfigs,
  ciliumNodes,
  l2AnnouncementPolicies,
  loadBalancerIpPools,
} from '../../../helpers/cilium/resources.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import { addresses, routeRow, routes } from '../../../helpers/iproute.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import {
  daemonSets,
  deployments,
  namespaces,
  nodes,
  pods,
  services,
} from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { alphabetical } from '../../../helpers/order.ts';

/** Everything of a cluster and its machines that the suite could change, row by row: what it is, and how it is. */
export type Snapshot = Readonly<Record<string, string>>;

/** Kinds the suite makes, or changes when allowed. Secrets are never read. */
export const watchedKinds: readonly ResourceType[] = [
  namespaces,
  nodes,
  services,
  deployments,
  daemonSets,
  pods,
  bgpAdvertisements,
  bgpPeerConfigs,
  bgpClusterConfigs,
  bgpNodeConfigs,
  bgpNodeConfigOverrides,
  loadBalancerIpPools,
  l2AnnouncementPolicies,
  ciliumNodes,
];

/** @param replaced namespaces whose pods may be new ones: a permission to restart them was given */
export async function snapshotCluster(
  cluster: string,
  kube: KubeApi,
  replaced: readonly string[] = [],
): Promise<Snapshot> {
  const lists = await Promise.all(
    watchedKinds.map(async type => (await kube.list(type)).map(object => [type, object] as const)),
  );
  return Object.fromEntries(
    lists
      .flat()
      .filter(([type, { metadata }]) => type !== pods || !replaced.includes(metadata.namespace ?? ''))
      .map(([type, object]) => [rowName(cluster, type, object), stateOf(type, object)]),
  );
}

function rowName(cluster: string, { kind }: ResourceType, { metadata }: KubeObject): string {
  const where = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
  return `cluster ${cluster}: ${kind} ${where}${metadata.name}`;
}

/** What its owner said of it, and which one it is: one deleted and made again is another. */
function stateOf(type: ResourceType, object: KubeObject): string {
  const { uid, labels = {}, annotations = {}, finalizers = [] } = object.metadata;
  // Agents write it, and write it anew when they start: which there are is all that can be said.
  if (type === ciliumNodes) return JSON.stringify({ uid });
  const { spec, status } = object as KubeObject & { spec?: unknown; status?: { loadBalancer?: unknown } };
  return JSON.stringify(
    sorted({
      uid,
      labels,
      annotations,
      finalizers,
      spec,
      ...(type === services ? { addresses: status?.loadBalancer } : {}),
    }),
  );
}

/** A machine's addresses, routes and rules; a router's configuration, running and saved. */
export async function snapshotHost(host: Executor, isRouter: boolean): Promise<Snapshot> {
  const row = (what: string): string => `host ${host.name}: ${what}`;
  const [table, own, rules] = await Promise.all([
    routes(host),
    addresses(host),
    output(host, ['ip', 'rule', 'show']),
  ]);
  const kernel = {
    ...Object.fromEntries(
      table.filter(route => !toPod(route.nextHops)).map(route => [row(`route ${routeRow(route)}`), '']),
    ),
    ...Object.fromEntries(
      own
        // The kernel gives itself those of a link, a moment after it is up.
        .filter(({ dev, address }) => !podInterface.test(dev) && !address.startsWith('fe80:'))
        .map(({ dev, address }) => [row(`address ${address} of ${dev}`), '']),
    ),
    [row('rules')]: rules,
  };
  if (!isRouter) return kernel;
  const hashPolicy = await output(host, ['sysctl', '-n', 'net.ipv4.fib_multipath_hash_policy']);
  const saved = await output(host, ['cat', '/etc/frr/frr.conf']);
  return {
    ...kernel,
    [row('ECMP hash policy')]: hashPolicy.trim(),
    [row('FRR, running')]: frrLines(await frr(host).runningConfig()),
    [row('FRR, saved')]: frrLines(saved),
  };
}

/** Pods come and go, and with them their ends of a wire. */
const podInterface = /^(lxc|veth|pod)/;
const toPod = (hops: readonly { readonly dev: string }[]): boolean =>
  hops.some(({ dev }) => podInterface.test(dev));

/** What it says, without its comments, and without passwords. */
function frrLines(text: string): string {
  return text
    .split('\n')
    .filter(line => !/^\s*(!.*)?$|^Building |^Current |^frr version|^end$/.test(line))
    .map(line => line.replace(/(password )\S.*/, '$1…'))
    .join('\n');
}

/** What is not as it was, a line each; nothing when all is. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const rows = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted(alphabetical);
  return rows.flatMap(row => {
    const [was, is] = [before[row], after[row]];
    if (was === is) return [];
    if (was === undefined) return [`new: ${row}`];
    return is === undefined ? [`gone: ${row}`] : [`changed: ${row}: ${firstDifference(was, is)}`];
  });
}

/** The part of two texts that differs, with a little around it. */
function firstDifference(was: string, is: string): string {
  const [a, b] = [was.split('\n'), is.split('\n')];
  if (a.length > 1 || b.length > 1) {
    const gone = a.filter(line => !b.includes(line)).map(line => `- ${line.trim()}`);
    const fresh = b.filter(line => !a.includes(line)).map(line => `+ ${line.trim()}`);
    return [...gone, ...fresh].join('; ') || 'the order of its lines';
  }
  let start = 0;
  while (start < was.length && was[start] === is[start]) start++;
  const from = Math.max(0, start - 30);
  return `was …${was.slice(from, start + 80)}…, is …${is.slice(from, start + 80)}…`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => alphabetical(a, b))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
