import { EtherType } from './ethernet.ts';
import { GENEVE_PORT } from './geneve.ts';
import { IpProtocol } from './ipv4.ts';

// Frames for tests, the fuzzer and the benchmark, put together from the inside out: ethernet(ipv4(tcp(…))).

export function uint(width: 1 | 2 | 3 | 4, value: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) & 0xff);
}

export function bytesOf(hexText: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hexText.replaceAll(/[^0-9a-f]/gi, ''), 'hex'));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function address(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function withChecksum(bytes: Uint8Array, at: number, over: number = bytes.length): Uint8Array {
  bytes.set(uint(2, checksum(bytes.subarray(0, over))), at);
  return bytes;
}

export function ethernet(
  payload: Uint8Array,
  options: {
    readonly etherType?: number;
    readonly source?: string;
    readonly destination?: string;
    /** Outermost first. */
    readonly vlans?: readonly { readonly tpid?: number; readonly id: number; readonly priority?: number }[];
  } = {},
): Uint8Array {
  const tags = (options.vlans ?? []).map(({ tpid = EtherType.vlan, id, priority = 0 }) =>
    join(uint(2, tpid), uint(2, (priority << 13) | id)),
  );
  return join(
    bytesOf(options.destination ?? '02:00:00:00:00:02'),
    bytesOf(options.source ?? '02:00:00:00:00:01'),
    ...tags,
    uint(2, options.etherType ?? EtherType.ipv4),
    payload,
  );
}

export function arp(options: {
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac?: string;
  readonly targetIp: string;
}): Uint8Array {
  return join(
    bytesOf('0001 0800 06 04'),
    uint(2, options.operation),
    bytesOf(options.senderMac),
    address(options.senderIp),
    bytesOf(options.targetMac ?? '00:00:00:00:00:00'),
    address(options.targetIp),
  );
}

export function ipv4(
  payload: Uint8Array,
  header: {
    readonly protocol: number;
    readonly source: string;
    readonly destination: string;
    readonly ttl?: number;
    readonly identification?: number;
    readonly dontFragment?: boolean;
    readonly moreFragments?: boolean;
    /** In bytes, a multiple of 8. */
    readonly fragmentOffset?: number;
    /** A multiple of 4 bytes. */
    readonly options?: Uint8Array;
    readonly totalLength?: number;
  },
): Uint8Array {
  const options = header.options ?? new Uint8Array(0);
  const headerLength = 20 + options.length;
  const fragment =
    (header.dontFragment === true ? 0x4000 : 0) |
    (header.moreFragments === true ? 0x2000 : 0) |
    ((header.fragmentOffset ?? 0) / 8);
  const packet = join(
    uint(1, 0x40 | (headerLength / 4)),
    uint(1, 0),
    uint(2, header.totalLength ?? headerLength + payload.length),
    uint(2, header.identification ?? 1),
    uint(2, fragment),
    uint(1, header.ttl ?? 64),
    uint(1, header.protocol),
    uint(2, 0),
    address(header.source),
    address(header.destination),
    options,
    payload,
  );
  return withChecksum(packet, 10, headerLength);
}

export function udp(
  payload: Uint8Array,
  header: { readonly sourcePort: number; readonly destinationPort: number; readonly length?: number },
): Uint8Array {
  const length = uint(2, header.length ?? 8 + payload.length);
  return join(uint(2, header.sourcePort), uint(2, header.destinationPort), length, uint(2, 0), payload);
}

export function tcp(
  payload: Uint8Array,
  header: {
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly sequence?: number;
    readonly acknowledgment?: number;
    readonly flags: number;
    readonly window?: number;
    /** A multiple of 4 bytes. */
    readonly options?: Uint8Array;
  },
): Uint8Array {
  const options = header.options ?? new Uint8Array(0);
  return join(
    uint(2, header.sourcePort),
    uint(2, header.destinationPort),
    uint(4, header.sequence ?? 0),
    uint(4, header.acknowledgment ?? 0),
    uint(2, ((5 + options.length / 4) << 12) | header.flags),
    uint(2, header.window ?? 502),
    uint(4, 0),
    options,
    payload,
  );
}

/** `rest` is the second word of the header: identifier and sequence of an echo, MTU of fragmentation needed. */
export function icmp(type: number, code: number, rest: number, payload: Uint8Array): Uint8Array {
  return withChecksum(join(uint(1, type), uint(1, code), uint(2, 0), uint(4, rest), payload), 2);
}

export function geneveOption(optionClass: number, type: number, data: Uint8Array): Uint8Array {
  return join(uint(2, optionClass), uint(1, type), uint(1, data.length / 4), data);
}

/** Cilium's DSR option for an IPv4 service. */
export function dsrOption(service: { readonly address: string; readonly port: number }): Uint8Array {
  return geneveOption(0x014b, 0x81, join(address(service.address), uint(2, service.port), uint(2, 0)));
}

export function geneve(
  payload: Uint8Array,
  header: { readonly vni: number; readonly options?: readonly Uint8Array[]; readonly protocolType?: number },
): Uint8Array {
  const options = join(...(header.options ?? []));
  return join(
    uint(1, options.length / 4),
    uint(1, options.length > 0 ? 0x40 : 0),
    uint(2, header.protocolType ?? EtherType.transparentEthernet),
    uint(3, header.vni),
    uint(1, 0),
    options,
    payload,
  );
}

export function vxlan(payload: Uint8Array, vni: number): Uint8Array {
  return join(uint(4, 0x08000000), uint(3, vni), uint(1, 0), payload);
}

/** A frame from node to node with `inner` in Geneve, as Cilium's DSR dispatch sends it. */
export function geneveFrame(
  inner: Uint8Array,
  outer: {
    readonly source: string;
    readonly destination: string;
    readonly sourcePort?: number;
    readonly vni?: number;
    readonly service?: { readonly address: string; readonly port: number };
  },
): Uint8Array {
  const options = outer.service === undefined ? [] : [dsrOption(outer.service)];
  const datagram = udp(geneve(inner, { vni: outer.vni ?? 2, options }), {
    sourcePort: outer.sourcePort ?? 40_000,
    destinationPort: GENEVE_PORT,
  });
  const { source, destination } = outer;
  return ethernet(ipv4(datagram, { protocol: IpProtocol.udp, source, destination }));
}
