import { type DsrPacket, dsrPackets } from './analyses.ts';

/**
 * The Geneve packets of a capture with Cilium's DSR option, a line each: time, entry node and serving node, client and
 * replica, service. What carries the option and could not be decoded is reported in lines that begin with `#`.
 * @throws CaptureError when the capture is faulty
 */
export async function dsrTable(file: string): Promise<string> {
  const { packets, undecoded } = await dsrPackets(file);
  return [
    ...packets.map(row),
    ...undecoded.map(({ offset, reason }) => `# at byte ${offset}: ${reason}\n`),
  ].join('');
}

function row({ timestampUs, entryNode, servingNode, client, backend, service }: DsrPacket): string {
  const time = (timestampUs / 1e6).toFixed(6);
  const inside = `${client.address}:${client.port} > ${backend.address}:${backend.port}`;
  return `${time} ${entryNode} > ${servingNode}, ${inside}, service ${service.address}:${service.port}\n`;
}
