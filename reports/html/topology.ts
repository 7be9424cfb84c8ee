import type { ClusterSpec, HostSpec, Topology } from '../../lab/topology.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

const box = { width: 210, height: 92, gap: 24 };
const row = 170;
const left = 20;

interface Placed {
  readonly host: HostSpec;
  readonly x: number;
  readonly y: number;
}

/**
 * The picture of a topology: a bar per network, the hosts on it below, what joins networks at the left, and a
 * dashed line per BGP session. Drawn from the topology data alone.
 * @param verdict of the claim that sessions are established, if it was run: it colours them
 */
export function topologyPicture(topology: Topology, verdict?: string): Markup {
  const joints = topology.hosts.filter(host => host.interfaces.length > 1);
  const start = joints.length > 0 ? left + box.width + 60 : left;
  const nodes = topology.networks.flatMap((network, index) =>
    topology.hosts
      .filter(host => !joints.includes(host) && host.interfaces[0]?.network === network.name)
      .map(
        (host, column): Placed => ({ host, x: start + column * (box.width + box.gap), y: 64 + index * row }),
      ),
  );
  const height = 20 + topology.networks.length * row;
  const width = Math.max(...nodes.map(node => node.x + box.width), start + box.width) + left;
  const sessions = sessionNodes(topology, nodes);
  const described =
    `${topology.networks.map(({ name, prefix }) => `Network ${name}, ${prefix}: ${hostsOn(topology, name)}.`).join(' ')} ` +
    (sessions.length === 0
      ? ''
      : `BGP sessions between ${topology.router?.host} and ${sessions.map(node => node.host.name).join(', ')}.`);

  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="topology-${topology.name}" style="max-width:${width}px">
<title id="topology-${topology.name}">Topology ${topology.name}. ${described}</title>
${topology.networks.map(
  (
    { name, prefix },
    index,
  ) => markup`<line class="wire" x1="${left}" y1="${44 + index * row}" x2="${width - left}" y2="${44 + index * row}"/>
<text class="dim" x="${width - left}" y="${36 + index * row}" text-anchor="end">${name} ${prefix}</text>`,
)}
${sessions.map((node, index) => session(node, index, verdict))}
${nodes.map(node => nodeBox(topology, node))}
${joints.map((host, index) => joint(topology, host, index, height, joints.length))}
</svg>`;
}

function sessionNodes(topology: Topology, nodes: readonly Placed[]): Placed[] {
  if (topology.router === undefined) return [];
  const peers = new Set(
    topology.clusters.filter(cluster => cluster.asn !== undefined).flatMap(cluster => cluster.nodes),
  );
  return nodes.filter(node => peers.has(node.host.name));
}

function session({ x, y }: Placed, index: number, verdict: string | undefined): Markup {
  const below = y + box.height + 8 + (index % 4) * 6;
  const path = `M ${left + box.width} ${below} H ${x + box.width / 2} V ${y + box.height}`;
  return markup`<path class="session ${verdict ?? ''}" d="${path}"/>`;
}

function nodeBox(topology: Topology, { host, x, y }: Placed): Markup {
  const cluster = topology.clusters.find(candidate => candidate.nodes.includes(host.name));
  const lines = [
    ...host.interfaces.map(({ address, name }) => `${name} ${address}`),
    ...(cluster === undefined ? [] : [`pods ${podCidrOf(cluster, host.name)}`, membership(cluster)]),
  ];
  return markup`<line class="wire" x1="${x + box.width / 2}" y1="${y - 20}" x2="${x + box.width / 2}" y2="${y}"/>
${labelled(x, y, box.height, host.name, lines)}`;
}

function joint(topology: Topology, host: HostSpec, index: number, height: number, of: number): Markup {
  const each = (height - 10) / of;
  const asn = topology.router?.host === host.name ? [`AS ${topology.router.asn}`] : [];
  const addresses = [...host.interfaces, ...(host.loopbacks ?? [])].map(
    ({ address, name }) => `${name} ${address}`,
  );
  return labelled(left, 20 + index * each, each - 10, host.name, [...asn, ...addresses]);
}

function labelled(x: number, y: number, height: number, name: string, lines: readonly string[]): Markup {
  return markup`<rect class="box" x="${x}" y="${y}" width="${box.width}" height="${height}" rx="6"/>
<text x="${x + 12}" y="${y + 22}" font-weight="600">${name}</text>
${lines.map((line, index) => markup`<text class="dim" x="${x + 12}" y="${y + 41 + index * 17}">${line}</text>`)}`;
}

function membership(cluster: ClusterSpec): string {
  return cluster.asn === undefined ? `cluster ${cluster.name}` : `AS ${cluster.asn}`;
}

function hostsOn(topology: Topology, network: string): string {
  return topology.hosts
    .filter(host => host.interfaces.some(one => one.network === network))
    .map(host => host.name)
    .join(', ');
}

/** The n-th block of the cluster's pod range: PodCIDRs are given out in the order of its nodes. */
function podCidrOf(cluster: ClusterSpec, node: string): string {
  const [network = '0.0.0.0'] = cluster.podCidr.split('/');
  const first = network.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  const block = first + cluster.nodes.indexOf(node) * 2 ** (32 - cluster.podCidrMaskSize);
  const octets = [24, 16, 8, 0].map(shift => Math.floor(block / 2 ** shift) % 256);
  return `${octets.join('.')}/${cluster.podCidrMaskSize}`;
}
