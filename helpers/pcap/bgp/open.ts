import { hex, ipv4Address, u8, u16, u32 } from '../bytes.ts';
import { fail, ok, type Result, short } from '../result.ts';

/** One family of the graceful restart capability; `forwardingPreserved` is its F bit. */
export interface RestartFamily {
  readonly afi: number;
  readonly safi: number;
  readonly forwardingPreserved: boolean;
}

/** Capabilities of an OPEN (RFC 5492). Those not known here, or malformed, are kept as they are. */
export type Capability =
  /** RFC 4760. */
  | { readonly type: 'multiprotocol'; readonly afi: number; readonly safi: number }
  /** RFC 2918. */
  | { readonly type: 'route-refresh' }
  /** RFC 7313. */
  | { readonly type: 'enhanced-route-refresh' }
  /** RFC 8654. */
  | { readonly type: 'extended-message' }
  /** RFC 4724; `notification` is the N bit of RFC 8538. */
  | {
      readonly type: 'graceful-restart';
      readonly restarted: boolean;
      readonly notification: boolean;
      readonly restartTimeSeconds: number;
      readonly families: readonly RestartFamily[];
    }
  /** RFC 6793. */
  | { readonly type: 'four-octet-as'; readonly as: number }
  /** draft-walton-bgp-hostname-capability. */
  | { readonly type: 'fqdn'; readonly hostname: string; readonly domain: string }
  | { readonly type: 'unknown'; readonly code: number; readonly data: string };

/** An OPEN message (RFC 4271 section 4.2). */
export interface BgpOpen {
  readonly type: 'open';
  readonly version: number;
  /** As its two-byte field says: AS_TRANS (23456) where the real one needs four, see `openAs`. */
  readonly as: number;
  readonly holdTimeSeconds: number;
  readonly routerId: string;
  readonly capabilities: readonly Capability[];
}

/** The sender's AS number: that of the four-octet capability where there is one. */
export function openAs(open: BgpOpen): number {
  const wide = capability(open, 'four-octet-as');
  return wide?.as ?? open.as;
}

export function capability<T extends Capability['type']>(
  open: BgpOpen,
  type: T,
): Extract<Capability, { type: T }> | undefined {
  return open.capabilities.find((c): c is Extract<Capability, { type: T }> => c.type === type);
}

export function decodeOpen(bytes: Uint8Array, start: number, end: number): Result<BgpOpen> {
  if (end - start < 10) return short('bgp', start, end, 10);
  let at = start + 10;
  let left = u8(bytes, start + 9);
  let wide = false;
  // RFC 9072: 255 twice announces lengths of two bytes.
  if (left === 255 && end - at >= 3 && u8(bytes, at) === 255) {
    wide = true;
    left = u16(bytes, at + 1);
    at += 3;
  }
  if (at + left !== end) {
    return fail('bgp', start + 9, `${left} bytes of optional parameters announced, ${end - at} there`);
  }
  const capabilities: Capability[] = [];
  const headerLength = wide ? 3 : 2;
  while (at < end) {
    if (end - at < headerLength) return short('bgp', at, end, headerLength);
    const length = wide ? u16(bytes, at + 1) : u8(bytes, at + 1);
    const parameterStart = at + headerLength;
    const parameterEnd = parameterStart + length;
    if (parameterEnd > end)
      return fail('bgp', at, `optional parameter of ${length} bytes goes past the message`);
    if (u8(bytes, at) === 2) {
      const error = decodeCapabilities(bytes, parameterStart, parameterEnd, capabilities);
      if (error !== undefined) return error;
    }
    at = parameterEnd;
  }
  return ok({
    type: 'open',
    version: u8(bytes, start),
    as: u16(bytes, start + 1),
    holdTimeSeconds: u16(bytes, start + 3),
    routerId: ipv4Address(bytes, start + 5),
    capabilities,
  });
}

function decodeCapabilities(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Capability[],
): ReturnType<typeof fail> | undefined {
  for (let at = start; at < end; ) {
    if (end - at < 2) return short('bgp', at, end, 2);
    const length = u8(bytes, at + 1);
    if (at + 2 + length > end)
      return fail('bgp', at, `capability of ${length} bytes goes past its parameter`);
    into.push(decodeCapability(bytes, u8(bytes, at), at + 2, at + 2 + length));
    at += 2 + length;
  }
  return undefined;
}

function decodeCapability(bytes: Uint8Array, code: number, start: number, end: number): Capability {
  const length = end - start;
  if (code === 1 && length === 4) {
    return { type: 'multiprotocol', afi: u16(bytes, start), safi: u8(bytes, start + 3) };
  }
  if (code === 2 && length === 0) return { type: 'route-refresh' };
  if (code === 6 && length === 0) return { type: 'extended-message' };
  if (code === 64 && length >= 2 && (length - 2) % 4 === 0) return gracefulRestart(bytes, start, end);
  if (code === 65 && length === 4) return { type: 'four-octet-as', as: u32(bytes, start) };
  if (code === 70 && length === 0) return { type: 'enhanced-route-refresh' };
  if (code === 73) return fqdn(bytes, start, end) ?? { type: 'unknown', code, data: hex(bytes, start, end) };
  return { type: 'unknown', code, data: hex(bytes, start, end) };
}

function gracefulRestart(bytes: Uint8Array, start: number, end: number): Capability {
  const head = u16(bytes, start);
  const families: RestartFamily[] = [];
  for (let at = start + 2; at < end; at += 4) {
    families.push({
      afi: u16(bytes, at),
      safi: u8(bytes, at + 2),
      forwardingPreserved: (u8(bytes, at + 3) & 0x80) !== 0,
    });
  }
  return {
    type: 'graceful-restart',
    restarted: (head & 0x8000) !== 0,
    notification: (head & 0x4000) !== 0,
    restartTimeSeconds: head & 0x0fff,
    families,
  };
}

function fqdn(bytes: Uint8Array, start: number, end: number): Capability | undefined {
  const hostLength = u8(bytes, start);
  const domainAt = start + 1 + hostLength;
  if (domainAt >= end || domainAt + 1 + u8(bytes, domainAt) !== end) return undefined;
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('utf8');
  return { type: 'fqdn', hostname: text(start + 1, domainAt), domain: text(domainAt + 1, end) };
}
