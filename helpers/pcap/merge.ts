import type { CapturedPacket } from './reader.ts';

/** Packets of one capture, in the order in which they were captured. */
export type Packets = Iterable<CapturedPacket> | AsyncIterable<CapturedPacket>;

/** A packet, and which of the merged captures it is from. */
export interface MergedPacket<T> {
  readonly from: T;
  readonly packet: CapturedPacket;
}

/**
 * Merges captures by time, each read once and one packet ahead: memory stays constant however large they are. Packets of
 * one time come in the order of the captures. A capture whose own packets are out of order keeps its order.
 */
export async function* mergeByTime<T extends { readonly packets: Packets }>(
  captures: readonly T[],
): AsyncGenerator<MergedPacket<T>, void, undefined> {
  const open: {
    from: T;
    iterator: AsyncIterator<CapturedPacket> | Iterator<CapturedPacket>;
    packet: CapturedPacket;
  }[] = [];
  try {
    for (const from of captures) {
      const { packets } = from;
      const iterator =
        Symbol.asyncIterator in packets ? packets[Symbol.asyncIterator]() : packets[Symbol.iterator]();
      const first = await iterator.next();
      if (first.done !== true) open.push({ from, iterator, packet: first.value });
    }
    for (;;) {
      let earliest = open[0];
      for (const capture of open) {
        if (earliest !== undefined && capture.packet.timestampUs < earliest.packet.timestampUs)
          earliest = capture;
      }
      if (earliest === undefined) return;
      yield { from: earliest.from, packet: earliest.packet };
      const next = await earliest.iterator.next();
      if (next.done === true) open.splice(open.indexOf(earliest), 1);
      else earliest.packet = next.value;
    }
  } finally {
    for (const { iterator } of open) await iterator.return?.();
  }
}
