import { u8, u16, u24 } from './bytes.ts';
import { fail, ok, type Result, short } from './result.ts';

/** IANA's port for Geneve (RFC 8926 section 3.3). */
export const GENEVE_PORT = 6081;

/** One Geneve option (RFC 8926 section 3.5). `type` includes the critical bit 0x80. */
export interface GeneveOption {
  readonly optionClass: number;
  readonly type: number;
  readonly critical: boolean;
  readonly data: Uint8Array;
  /** Where the option begins, in bytes from the start of the frame. */
  readonly offset: number;
}

/** A Geneve header (RFC 8926 section 3.4). Offsets count from the start of the frame. */
export interface Geneve {
  readonly vni: number;
  /** EtherType of the payload; 0x6558 for an Ethernet frame. */
  readonly protocolType: number;
  readonly control: boolean;
  readonly criticalOptions: boolean;
  readonly options: readonly GeneveOption[];
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

const NO_OPTIONS: readonly GeneveOption[] = [];

export function decodeGeneve(bytes: Uint8Array, start = 0, end = bytes.length): Result<Geneve> {
  if (end - start < 8) return short('geneve', start, end, 8);
  const version = u8(bytes, start) >> 6;
  if (version !== 0) return fail('geneve', start, `version ${version}, not 0`);
  const optionsEnd = start + 8 + (u8(bytes, start) & 0x3f) * 4;
  if (optionsEnd > end) return short('geneve', start, end, optionsEnd - start);
  const options = optionsEnd === start + 8 ? ok(NO_OPTIONS) : decodeOptions(bytes, start + 8, optionsEnd);
  if (!options.ok) return options;
  return ok({
    vni: u24(bytes, start + 4),
    protocolType: u16(bytes, start + 2),
    control: (u8(bytes, start + 1) & 0x80) !== 0,
    criticalOptions: (u8(bytes, start + 1) & 0x40) !== 0,
    options: options.value,
    payloadStart: optionsEnd,
    payloadEnd: end,
  });
}

function decodeOptions(bytes: Uint8Array, start: number, end: number): Result<readonly GeneveOption[]> {
  const options: GeneveOption[] = [];
  for (let at = start; at < end; ) {
    // The options area is a multiple of four bytes and so is every option: a header always fits here.
    const length = 4 + (u8(bytes, at + 3) & 0x1f) * 4;
    if (at + length > end) {
      return fail('geneve', at, `option of ${length} bytes with ${end - at} bytes of options left`);
    }
    const type = u8(bytes, at + 2);
    options.push({
      optionClass: u16(bytes, at),
      type,
      critical: (type & 0x80) !== 0,
      data: bytes.subarray(at + 4, at + length),
      offset: at,
    });
    at += length;
  }
  return ok(options);
}
