import { bytesOf, join, uint } from './build.ts';

// BGP messages to start from: those of two real speakers, and some that neither sends.

/** A message of a type with its header (RFC 4271 section 4.1). */
export function bgpMessage(type: number, body: Uint8Array): Uint8Array {
  return join(new Uint8Array(16).fill(0xff), uint(2, 19 + body.length), uint(1, type), body);
}

/** An UPDATE from its three parts. */
export function bgpUpdate(withdrawn: string, attributes: string, nlri: string): Uint8Array {
  const [first, second] = [bytesOf(withdrawn), bytesOf(attributes)];
  return bgpMessage(2, join(uint(2, first.length), first, uint(2, second.length), second, bytesOf(nlri)));
}

const ORIGIN = '40 01 01 00';
const AS_PATH = '40 02 06 02 01 0000fde9';
const NEXT_HOP = '40 03 04 c0a80a64';

export const seedMessages: readonly [Uint8Array, ...Uint8Array[]] = [
  // OPEN with multiprotocol, route refresh, four-octet AS, graceful restart, FQDN, extended message.
  bgpMessage(
    1,
    bytesOf(
      '04 fde9 0009 c0a80a64 23 02 21 0104 00010001 0200 4104 0000fde9 4006 c078 00010180 4907 0476312e31 01 78 0600',
    ),
  ),
  bgpUpdate('', `${ORIGIN} ${AS_PATH} ${NEXT_HOP}`, '18 ac1400 20 ac100101'),
  bgpUpdate('20 ac100101 10 ac14', '', ''),
  bgpUpdate('', '', ''),
  bgpUpdate('', '80 0f 03 0002 01', ''),
  bgpUpdate(
    '',
    `${ORIGIN} ${AS_PATH} 80 0e 1a 0002 01 10 fd000000000000000000000000000064 00 20 fd000001`,
    '',
  ),
  bgpUpdate(
    '',
    `${ORIGIN} ${AS_PATH} ${NEXT_HOP} 80 04 04 00000064 40 05 04 000000c8 40 06 00 c0 07 08 0000fde9 c0a80a64` +
      ' c0 08 08 fde90064 ffffff01 c0 10 08 0002fde900000064 c0 20 0c 0000fde9 00000001 00000002 c0 63 02 beef',
    '18 0a0101',
  ),
  bgpMessage(3, bytesOf('06 02 05 68656c6c6f')),
  bgpMessage(4, new Uint8Array(0)),
  bgpMessage(5, bytesOf('0001 00 01')),
];
