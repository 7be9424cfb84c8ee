import { open } from 'node:fs/promises';
import { LinkType } from './cooked.ts';

/** A packet to write; times in microseconds since 1970. */
export interface PacketToWrite {
  readonly timestampUs: number;
  readonly frame: Uint8Array;
  /** Bytes on the wire; the frame's own length where not given. */
  readonly originalLength?: number;
}

/** The 24 bytes a little-endian microsecond capture begins with. */
export function captureHeader(linkType: number = LinkType.ethernet, snapLength = 262_144): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

export function captureRecord(packet: PacketToWrite): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor(packet.timestampUs / 1_000_000), 0);
  header.writeUInt32LE(packet.timestampUs % 1_000_000, 4);
  header.writeUInt32LE(packet.frame.length, 8);
  header.writeUInt32LE(packet.originalLength ?? packet.frame.length, 12);
  return Buffer.concat([header, packet.frame]);
}

/** A whole capture in memory. */
export function captureBytes(packets: Iterable<PacketToWrite>, linkType?: number): Buffer {
  return Buffer.concat([captureHeader(linkType), ...Array.from(packets, captureRecord)]);
}

/** Writes a capture as tcpdump would. Packets are taken one by one, so it may be a large one. */
export async function writeCapture(
  file: string,
  packets: Iterable<PacketToWrite> | AsyncIterable<PacketToWrite>,
  linkType?: number,
): Promise<void> {
  const handle = await open(file, 'w');
  try {
    let pending: Buffer[] = [captureHeader(linkType)];
    let length = 0;
    for await (const packet of packets) {
      const record = captureRecord(packet);
      pending.push(record);
      length += record.length;
      if (length > 1 << 20) {
        await handle.writeFile(Buffer.concat(pending));
        pending = [];
        length = 0;
      }
    }
    await handle.writeFile(Buffer.concat(pending));
  } finally {
    await handle.close();
  }
}
