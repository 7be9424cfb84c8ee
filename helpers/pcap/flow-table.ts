import type { Endpoint, Flow, Sighting } from './flows.ts';
import { tcpFlagNames } from './tcp.ts';

/** "Who saw what", as text for a report: one block a flow, one line a sighting, in the order of first packets. */
export function renderFlows(flows: readonly Flow[]): string {
  if (flows.length === 0) return 'no TCP or UDP flow was seen\n';
  return flows.map(renderFlow).join('\n');
}

const HEADINGS = [
  'ms',
  'host',
  'interface',
  'way',
  'from',
  'to',
  'tunnel',
  'packets',
  'bytes',
  'TCP flags',
  'DSR',
];

function renderFlow(flow: Flow): string {
  const begin = flow.sightings[0]?.firstUs ?? 0;
  const rows = flow.sightings.map(sighting => row(sighting, begin));
  const seen = new Date(begin / 1000).toISOString();
  return `${flow.protocol} client ${endpoint(flow.client)}, first packet ${seen}\n${table([HEADINGS, ...rows])}`;
}

function row(sighting: Sighting, begin: number): readonly string[] {
  const { tunnel } = sighting;
  const services = sighting.dsrServices.map(endpoint).join(' ');
  return [
    `+${((sighting.firstUs - begin) / 1000).toFixed(3)}`,
    sighting.host,
    sighting.interface,
    sighting.direction,
    endpoint(sighting.source),
    endpoint(sighting.destination),
    tunnel === undefined ? '-' : `${tunnel.kind} ${tunnel.source} > ${tunnel.destination} vni ${tunnel.vni}`,
    String(sighting.packets),
    String(sighting.bytes),
    tcpFlagNames(sighting.tcpFlags) || '-',
    sighting.dsrPackets === 0 ? '-' : `${sighting.dsrPackets} x ${services}`,
  ];
}

function endpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map(cells => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return rows.map(line).join('');
}
