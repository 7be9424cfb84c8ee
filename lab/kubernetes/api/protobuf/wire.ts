/**
 * Protocol buffers' wire format: fields as (number, value) pairs. What a number means is told by the message's
 * descriptor. https://protobuf.dev/programming-guides/encoding/
 */

export interface WireField {
  readonly number: number;
  /** A varint (64 bits, unsigned), eight or four bytes as they are, or the bytes of a string, message or packed list. */
  readonly value: bigint | Uint8Array;
}

/** The bytes are no protocol buffer of the expected kind. */
export class WireError extends Error {}

/** A well-formed object of a kind that is not described here. */
export class UnknownMessageError extends Error {}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError(`it ends inside a number at byte ${this.#at - 1}`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError(`the number before byte ${this.#at} is longer than 64 bits`);
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      throw new WireError(
        `a field at byte ${this.#at} is ${length} bytes long, ${this.#bytes.length - this.#at} are left`,
      );
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** The fields of a message, in the order they were written. @throws WireError */
export function* wireFields(bytes: Uint8Array): Iterable<WireField> {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = Number(reader.varint());
    const number = Math.floor(key / 8);
    const type = key % 8;
    if (number === 0) throw new WireError('it has a field with the number 0');
    switch (type) {
      case 0:
        yield { number, value: reader.varint() };
        break;
      case 1:
        yield { number, value: reader.take(8) };
        break;
      case 2:
        yield { number, value: reader.take(Number(reader.varint())) };
        break;
      case 5:
        yield { number, value: reader.take(4) };
        break;
      default:
        throw new WireError(`field ${number} is of wire type ${type}, which is not in use`);
    }
  }
}
