/** The layer a decoder stopped in. */
export type Layer =
  | 'ethernet'
  | 'cooked'
  | 'arp'
  | 'ipv4'
  | 'ipv6'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'geneve'
  | 'vxlan'
  | 'cilium-dsr'
  | 'bgp'
  | 'nesting';

/** Why bytes could not be decoded. `offset` counts bytes from the start of the frame (or message) given. */
export interface DecodeError {
  readonly layer: Layer;
  readonly offset: number;
  readonly reason: string;
}

/** What every decoder returns: malformed input is a value, so that one bad frame never ends the reading of a capture. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DecodeError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(
  layer: Layer,
  offset: number,
  reason: string,
): { readonly ok: false; readonly error: DecodeError } {
  return { ok: false, error: { layer, offset, reason } };
}

/** The error of a header that does not fit into the bytes that are left. */
export function short(
  layer: Layer,
  start: number,
  end: number,
  needed: number,
): { readonly ok: false; readonly error: DecodeError } {
  return fail(layer, end, `${needed} bytes needed from offset ${start}, ${Math.max(0, end - start)} there`);
}
