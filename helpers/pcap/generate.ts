import * as build from './build.ts';
import { EtherType } from './ethernet.ts';
import { GENEVE_PORT } from './geneve.ts';
import { IcmpType } from './icmp.ts';
import { IpProtocol } from './ipv4.ts';
import type { Random } from './random.ts';

// Frames as the labs see them, and worse: for the fuzzer and the oracle test.

export function randomFrame(random: Random, depth = 0): Uint8Array {
  const vlans = Array.from({ length: random.percent(15) ? 1 + random.below(2) : 0 }, (_, i) => ({
    tpid: i === 0 && random.percent(40) ? EtherType.serviceVlan : EtherType.vlan,
    id: random.below(4096),
    priority: random.below(8),
  }));
  const link = { source: randomMac(random), destination: randomMac(random), vlans };
  if (random.percent(10)) return build.ethernet(randomArp(random), { ...link, etherType: EtherType.arp });
  const padding = random.percent(20) ? new Uint8Array(random.below(20)) : new Uint8Array(0);
  return build.ethernet(build.join(randomPacket(random, depth), padding), link);
}

/** One to three faults: bits, bytes, extreme values, a cut, an addition. */
export function mutated(random: Random, frame: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(frame);
  for (let faults = 1 + random.below(3); faults > 0 && bytes.length > 0; faults--) {
    const at = random.below(bytes.length);
    const kind = random.below(10);
    if (kind < 4) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    else if (kind < 6) bytes[at] = random.below(256);
    else if (kind < 8) bytes[at] = random.pick(0, 1, 0x7f, 0x80, 0xff);
    else if (kind === 8) bytes = bytes.slice(0, at);
    else bytes = Uint8Array.from(build.join(bytes, random.bytes(random.below(30))));
  }
  return bytes;
}

function randomMac(random: Random): string {
  // Unicast and locally administered: tshark takes some well-known group addresses for other protocols.
  return `02${Buffer.from(random.bytes(5)).toString('hex')}`;
}

function randomAddress(random: Random): string {
  return random.percent(50)
    ? random.pick('192.168.10.100', '192.168.20.100', '172.20.0.12', '172.16.1.1', '10.10.1.200')
    : Array.from(random.bytes(4)).join('.');
}

function randomArp(random: Random): Uint8Array {
  return build.arp({
    operation: random.pick(1, 2, 1, 2, 3),
    senderMac: randomMac(random),
    senderIp: randomAddress(random),
    targetMac: randomMac(random),
    targetIp: randomAddress(random),
  });
}

function randomPacket(random: Random, depth: number): Uint8Array {
  const protocol = random.pick(IpProtocol.tcp, IpProtocol.udp, IpProtocol.udp, IpProtocol.icmp);
  const fragmented = random.percent(8);
  const header = {
    protocol,
    source: randomAddress(random),
    destination: randomAddress(random),
    ttl: random.below(256),
    identification: random.below(0x10000),
    dontFragment: random.percent(50),
    moreFragments: fragmented && random.percent(60),
    fragmentOffset: fragmented && random.percent(50) ? 8 * random.below(0x1fff) : 0,
    // Router alert (RFC 2113), or no operations.
    options: random.percent(8) ? build.bytesOf(random.pick('94040000', '01010100')) : new Uint8Array(0),
  };
  if (protocol === IpProtocol.tcp) return build.ipv4(randomTcp(random), header);
  if (protocol === IpProtocol.icmp) return build.ipv4(randomIcmp(random), header);
  return build.ipv4(randomUdp(random, depth), header);
}

function randomPort(random: Random): number {
  return random.percent(40) ? random.pick(80, 179, 443, 8080, 32379) : 20_000 + random.below(40_000);
}

function randomTcp(random: Random): Uint8Array {
  const syn = build.bytesOf('020405b4 0402080a 0001e240 00000000 01030307');
  const timestamps = build.join(build.bytesOf('0101080a'), random.bytes(8));
  return build.tcp(random.bytes(random.below(60)), {
    sourcePort: randomPort(random),
    destinationPort: randomPort(random),
    sequence: random.u32(),
    acknowledgment: random.u32(),
    flags: random.below(0x200),
    window: random.below(0x10000),
    options: random.pick(new Uint8Array(0), syn, timestamps, timestamps),
  });
}

function randomIcmp(random: Random): Uint8Array {
  if (random.percent(50)) {
    const type = random.pick(IcmpType.echoRequest, IcmpType.echoReply);
    return build.icmp(type, 0, random.u32(), random.bytes(random.below(50)));
  }
  const header = {
    protocol: random.pick(IpProtocol.tcp, IpProtocol.udp),
    source: randomAddress(random),
    destination: randomAddress(random),
  };
  const ports = { sourcePort: randomPort(random), destinationPort: randomPort(random) };
  const about =
    header.protocol === IpProtocol.tcp
      ? build.tcp(random.bytes(random.below(20)), { ...ports, flags: 0x10, sequence: random.u32() })
      : build.udp(random.bytes(random.below(20)), ports);
  const original = build.ipv4(random.percent(50) ? about.slice(0, 8) : about, {
    ...header,
    totalLength: 20 + about.length,
  });
  const [type, code, rest] = random.pick([3, 4, 1450], [3, 1, 0], [3, 3, 0], [11, 0, 0], [5, 1, 0x0a0a0101]);
  return build.icmp(type ?? 3, code ?? 0, rest ?? 0, original);
}

function randomUdp(random: Random, depth: number): Uint8Array {
  const sourcePort = 20_000 + random.below(40_000);
  if (depth >= 3 || random.percent(25)) {
    const destinationPort = randomPort(random);
    return build.udp(random.bytes(random.below(60)), { sourcePort, destinationPort });
  }
  const inner = randomFrame(random, depth + 1);
  const vni = random.below(0x100_0000);
  if (random.percent(25)) {
    const destinationPort = random.pick(8472, 4789);
    return build.udp(build.vxlan(inner, vni), { sourcePort, destinationPort });
  }
  const options = Array.from({ length: random.below(4) }, () =>
    random.percent(60)
      ? build.dsrOption({ address: randomAddress(random), port: randomPort(random) })
      : build.geneveOption(random.below(0x10000), random.below(256), random.bytes(4 * random.below(4))),
  );
  return build.udp(build.geneve(inner, { vni, options }), { sourcePort, destinationPort: GENEVE_PORT });
}
