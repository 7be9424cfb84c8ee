import { type HostSpec, hostAddress, type Topology } from '../../lab/contract/topology.ts';
import type { Conformance } from '../conformance.ts';
import { table } from './draw/table.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';
import { asnOf, nextHops, podCidrOf, sessionsOf } from './topology-facts.ts';

const box = { width: 214, height: 112, gap: 18 };
const margin = 14;
const joint = { width: 220, gap: 64 };
const columns = 3;
/** Of a network's band: its title and wire above the hosts, room for sessions below them. */
const above = 62;
const below = 34;
/** Between rows: sessions of the upper one, the wire of the lower one. */
const between = 58;
/** A wire's height above its hosts. */
const lead = 22;

interface Placed {
  readonly host: HostSpec;
  readonly x: number;
  readonly y: number;
}

interface Band {
  readonly name: string;
  readonly prefix: string;
  readonly y: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
}

/** The topology in a picture and, for those who cannot see it or want to copy from it, in tables. */
export function topologySection(topology: Topology, report: Conformance): Markup {
  const { name } = topology;
  // The claim that every session is established colours the sessions.
  const verdict = report.claims.find(claim => claim.id === 'BGP-01')?.verdict;
  const sessions = sessionsOf(topology);
  return markup`<section aria-labelledby="topology-${name}"><h2 id="topology-${name}">Topology <span class="dim">${name}</span></h2>
<div class="figure map" tabindex="0" role="region" aria-label="Picture of topology ${name}">${topologyPicture(topology, verdict)}</div>
${sessions.length === 0 ? undefined : markup`<p class="dim">Dashed: BGP sessions${verdict === undefined ? '' : `, whose claim (BGP-01) ${verdict === 'passed' ? 'passed' : `is ${verdict}`}`}. Addresses, sessions and next hops are those of the lab's topology data.</p>`}
<details class="evidence"><summary>The same in tables</summary>
${table(
  `Hosts of ${name}`,
  ['host', 'role', 'interface', 'network', 'address'],
  topology.hosts.flatMap(host => [
    ...host.interfaces.map(({ address, name: device, network }) => [
      host.name,
      host.role,
      device,
      network,
      address,
    ]),
    ...(host.loopbacks ?? []).map(({ address, name: device }) => [host.name, host.role, device, '', address]),
  ]),
  'shown',
)}
${
  sessions.length === 0
    ? undefined
    : table(
        `BGP sessions of ${name}`,
        ['router', 'its AS', 'node', 'address', 'AS'],
        sessions.map(one => [one.router, one.routerAsn, one.node, one.address, one.asn]),
        'shown',
      )
}
${table(
  `Next hops of ${name}`,
  ['on', 'to', 'via', 'known by'],
  nextHops(topology).map(hop => [hop.on, hop.to, hop.via, hop.by]),
  'shown',
)}
</details></section>`;
}

/** A band for each network with its hosts, what joins networks at the left, a dashed line for each BGP session. */
export function topologyPicture(topology: Topology, verdict?: string): Markup {
  const joints = topology.hosts.filter(host => host.interfaces.length > 1);
  const start = margin + (joints.length > 0 ? joint.width + joint.gap : 0);
  const bands = bandsOf(topology, joints, start + margin);
  const end = Math.max(
    start + box.width,
    ...bands.flatMap(band => band.nodes.map(node => node.x + box.width)),
  );
  const width = end + 2 * margin;
  const height = (bands.at(-1)?.y ?? 0) + (bands.at(-1)?.height ?? 0) + margin;
  const peers = new Set(sessionsOf(topology).map(session => session.node));
  return markup`<svg width="${width}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${inWords(topology)}">
${bands.map(
  band => markup`<rect class="net" x="${start}" y="${band.y}" width="${width - start - margin}" height="${band.height}" rx="12"/>
<text x="${start + margin}" y="${band.y + 24}"><tspan class="strong">${band.name}</tspan><tspan class="dim" dx="8">${band.prefix}</tspan></text>
${wires(band, joints.length > 0 ? margin + joint.width : start + margin / 2, start + margin / 2)}`,
)}
${joints.map((host, index) => jointBox(topology, host, bands, { y: margin + (index * (height - 2 * margin)) / joints.length, height: (height - 2 * margin) / joints.length - (index + 1 < joints.length ? 8 : 0) }))}
${bands.flatMap(band => band.nodes.filter(node => peers.has(node.host.name)).map(node => session(node, verdict)))}
${bands.flatMap(band => band.nodes.map(node => nodeBox(topology, node, peers)))}
</svg>`;
}

function bandsOf(topology: Topology, joints: readonly HostSpec[], left: number): Band[] {
  const bands: Band[] = [];
  for (const { name, prefix } of topology.networks) {
    const last = bands.at(-1);
    const y = last === undefined ? margin : last.y + last.height + 16;
    const hosts = topology.hosts.filter(
      host => !joints.includes(host) && host.interfaces[0]?.network === name,
    );
    const lines = rowsOf(topology, hosts);
    const nodes = lines.flatMap((line, row) =>
      line.map((host, column) => ({
        host,
        x: left + column * (box.width + box.gap),
        y: y + above + row * (box.height + between),
      })),
    );
    const rows = Math.max(1, lines.length);
    bands.push({ name, prefix, y, height: above + rows * (box.height + between) - between + below, nodes });
  }
  return bands;
}

/** A cluster's nodes beside each other, another cluster's below. */
function rowsOf(topology: Topology, hosts: readonly HostSpec[]): HostSpec[][] {
  const clusterOf = (host: HostSpec) => topology.clusters.find(({ nodes }) => nodes.includes(host.name));
  const rows: HostSpec[][] = [];
  for (const host of hosts) {
    const last = rows.at(-1);
    const [neighbor] = last ?? [];
    const fits = last !== undefined && last.length < columns && neighbor !== undefined;
    if (fits && clusterOf(neighbor) === clusterOf(host)) last.push(host);
    else rows.push([host]);
  }
  return rows;
}

/** One wire above each row, joined at the left. */
function wires(band: Band, from: number, trunk: number): Markup {
  const heights = [...new Set(band.nodes.map(node => node.y - lead))];
  const [top = band.y + above - lead] = heights;
  const end = (y: number): number =>
    Math.max(trunk, ...band.nodes.filter(node => node.y - lead === y).map(node => node.x + box.width / 2));
  return markup`${[top, ...heights.slice(1)].map(
    (y, row) =>
      markup`<line class="wire" x1="${row === 0 ? from : trunk}" x2="${end(y)}" y1="${y}" y2="${y}"/>`,
  )}
${heights.length > 1 ? markup`<line class="wire" x1="${trunk}" x2="${trunk}" y1="${top}" y2="${heights.at(-1) ?? top}"/>` : undefined}
${band.nodes.map(({ x, y }) => markup`<line class="wire" x1="${x + box.width / 2}" x2="${x + box.width / 2}" y1="${y - lead}" y2="${y}"/>`)}`;
}

/** From the router's side, below the row of the node, and up into it. */
function session({ x, y }: Placed, verdict: string | undefined): Markup {
  const under = y + box.height + 16;
  const into = x + box.width / 2;
  return markup`<path class="session ${verdict ?? ''}" d="M ${margin + joint.width} ${under} H ${into - 10} Q ${into} ${under} ${into} ${under - 10} V ${y + box.height}"/>`;
}

function nodeBox(topology: Topology, { host, x, y }: Placed, peers: ReadonlySet<string>): Markup {
  const cluster = topology.clusters.find(({ nodes }) => nodes.includes(host.name));
  const role = cluster?.controlPlane === host.name ? 'control plane' : host.role;
  const lines = [
    ...host.interfaces.map(({ address, name }) => `${name} ${address}`),
    ...(cluster === undefined
      ? []
      : [
          `pods ${podCidrOf(cluster, host.name)}`,
          ...(peers.has(host.name) ? [`next hop ${hostAddress(topology, host.name)}`] : []),
          `${role}, cluster ${cluster.name}`,
        ]),
  ];
  const asn = asnOf(topology, host.name);
  return card({ x, y, width: box.width, height: box.height }, host.name, asn, lines, 'box');
}

function jointBox(
  topology: Topology,
  host: HostSpec,
  bands: readonly Band[],
  { y, height }: { y: number; height: number },
): Markup {
  const { router } = topology;
  const lines = [
    host.role,
    ...(host.loopbacks ?? []).map(({ address, name }) => `${name} ${address}`),
    ...(router?.host === host.name
      ? [`router id ${router.routerId}`, `up to ${router.maximumPaths} next hops`]
      : []),
  ];
  const ports = host.interfaces.map(({ address, name, network }) => {
    const at = (bands.find(band => band.name === network)?.y ?? y) + 36;
    return markup`<text class="small" x="${margin + joint.width - 8}" y="${at}" text-anchor="end">${name} ${address}</text>`;
  });
  const room = { x: margin, y, width: joint.width, height };
  return markup`${card(room, host.name, asnOf(topology, host.name), lines, 'box router', 64)}${ports}`;
}

function card(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  title: string,
  asn: number | undefined,
  lines: readonly string[],
  kind: string,
  skip = 0,
): Markup {
  const top = y + skip;
  return markup`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="9"/>
<text class="strong" x="${x + 14}" y="${top + 25}">${title}</text>
${asn === undefined ? undefined : markup`<text class="dim small" x="${x + width - 12}" y="${top + 25}" text-anchor="end">AS ${asn}</text>`}
${lines.map((line, index) => markup`<text class="dim" x="${x + 14}" y="${top + 46 + index * 18}">${line}</text>`)}`;
}

function inWords(topology: Topology): string {
  const hostsOn = (network: string): string =>
    topology.hosts
      .filter(host => host.interfaces.some(one => one.network === network))
      .map(host => host.name)
      .join(', ');
  const sessions = sessionsOf(topology);
  return [
    `Topology ${topology.name}.`,
    ...topology.networks.map(({ name, prefix }) => `Network ${name}, ${prefix}: ${hostsOn(name)}.`),
    ...(sessions.length === 0
      ? []
      : [`BGP sessions between ${sessions[0]?.router} and ${sessions.map(one => one.node).join(', ')}.`]),
  ].join(' ');
}
