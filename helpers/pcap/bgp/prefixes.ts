import { ipv4Address, ipv6Address, u8 } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';

/** Address families (IANA "Address Family Numbers"). */
export const Afi = { ipv4: 1, ipv6: 2 } as const;
export const Safi = { unicast: 1 } as const;

/**
 * A run of prefixes as UPDATE messages hold them (RFC 4271 section 4.3): length in bits, then as many bytes as
 * that needs. Returns them as `10.0.0.0/24`, host bits cleared. Path identifiers (RFC 7911) are not expected.
 */
export function decodePrefixes(
  bytes: Uint8Array,
  start: number,
  end: number,
  afi: number = Afi.ipv4,
): Result<readonly string[]> {
  const addressLength = afi === Afi.ipv6 ? 16 : 4;
  const prefixes: string[] = [];
  for (let at = start; at < end; ) {
    const bits = u8(bytes, at);
    if (bits > addressLength * 8)
      return fail('bgp', at, `prefix length ${bits} for an address of ${addressLength} bytes`);
    const length = Math.ceil(bits / 8);
    if (at + 1 + length > end) {
      return fail('bgp', at, `prefix of ${bits} bits needs ${length} bytes, ${end - at - 1} are left`);
    }
    const address = new Uint8Array(addressLength);
    address.set(bytes.subarray(at + 1, at + 1 + length));
    if (bits % 8 !== 0) address[length - 1] = u8(address, length - 1) & (0xff << (8 - (bits % 8)));
    prefixes.push(`${afi === Afi.ipv6 ? ipv6Address(address, 0) : ipv4Address(address, 0)}/${bits}`);
    at += 1 + length;
  }
  return ok(prefixes);
}
