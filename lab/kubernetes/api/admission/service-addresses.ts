import { randomInt } from 'node:crypto';
import { formatIpv4, parseIpv4, prefix } from '../../../../helpers/ipv4.ts';
import type { Service } from '../../../../helpers/kube/resources.ts';

const firstNodePort = 30000;
const lastNodePort = 32767;

export function inServiceCidr(address: string, cidr: string): boolean {
  const value = parseIpv4(address);
  const { first, last } = prefix(cidr);
  return value !== undefined && value > first && value < last;
}

/** The address of the `kubernetes` service: the first of the service network. */
export function firstServiceAddress(cidr: string): string {
  return formatIpv4(prefix(cidr).first + 1);
}

/** A free address at random, the small ones left to those who ask by number. @throws Error when there is none */
export function allocateClusterIp(cidr: string, services: readonly Service[]): string {
  const { first, last } = prefix(cidr);
  const taken = new Set(services.map(service => service.spec.clusterIP));
  const size = last - first - 1;
  const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const lowest = size > 2 * reserved ? first + 1 + reserved : first + 2;
  const start = randomInt(lowest, last);
  for (let offset = 0; offset < last - first; offset++) {
    const candidate = lowest + ((start - lowest + offset) % (last - lowest));
    const address = formatIpv4(candidate);
    if (!taken.has(address)) return address;
  }
  throw new Error(`no free address left in the service network ${cidr}`);
}

export function allocatedNodePorts(services: readonly Service[]): Set<number> {
  const taken = new Set<number>();
  for (const { spec } of services) {
    if (spec.healthCheckNodePort) taken.add(spec.healthCheckNodePort);
    for (const port of spec.ports ?? []) if (port.nodePort) taken.add(port.nodePort);
  }
  return taken;
}

/** A free node port at random. @throws Error when there is none */
export function allocateNodePort(taken: ReadonlySet<number>): number {
  const count = lastNodePort - firstNodePort + 1;
  const start = randomInt(count);
  for (let offset = 0; offset < count; offset++) {
    const port = firstNodePort + ((start + offset) % count);
    if (!taken.has(port)) return port;
  }
  throw new Error(`no free node port left in ${firstNodePort}-${lastNodePort}`);
}
