import { formatIpv4, ipv4, overlap, parsePrefix, prefix as range } from '../../../helpers/ipv4.ts';
import type { Topology } from '../../contract/topology.ts';

/**
 * The same topology with other prefixes for some of its networks, every address moved along: for networks whose prefix
 * somebody else has in this Docker engine already. The prefix lengths stay.
 * @throws Error when a new prefix has another length
 */
export function rebased(topology: Topology, prefixes: Readonly<Record<string, string>>): Topology {
  const move = (network: string, address: string): string => {
    const wanted = prefixes[network];
    const present = topology.networks.find(each => each.name === network)?.prefix;
    if (wanted === undefined || present === undefined) return address;
    const [host = '', length = ''] = address.split('/');
    return `${formatIpv4(range(wanted).first + ipv4(host) - range(address).first)}/${length}`;
  };
  return {
    ...topology,
    networks: topology.networks.map(network => {
      const wanted = prefixes[network.name] ?? network.prefix;
      if (wanted.split('/')[1] !== network.prefix.split('/')[1])
        throw new Error(`network ${network.name} is ${network.prefix}; ${wanted} has another length`);
      return { ...network, prefix: wanted };
    }),
    hosts: topology.hosts.map(host => ({
      ...host,
      interfaces: host.interfaces.map(each => ({ ...each, address: move(each.network, each.address) })),
    })),
  };
}

/** Prefixes of the same length that others may be given: Docker takes its own from 172.17.0.0/16 on. */
const spare = Array.from({ length: 14 }, (_, index) => `172.${18 + index}.0.0/16`);

/**
 * Which networks of a topology cannot have their prefix, because others have it, and what they get instead. Only networks
 * whose addresses are Docker's choice to begin with: those of a topology with a router are what its claims are about.
 * @throws Error naming the prefix, and what has it
 */
export function prefixesInstead(
  topology: Topology,
  taken: readonly { readonly network: string; readonly prefix: string }[],
): Record<string, string> {
  const instead: Record<string, string> = {};
  for (const { name, prefix } of topology.networks) {
    const holder = taken.find(each => inTheWay(each.prefix, prefix));
    if (holder === undefined) continue;
    const free =
      topology.router === undefined && prefix.endsWith('/16')
        ? spare.find(
            candidate => ![...taken, ...chosen(instead)].some(each => inTheWay(each.prefix, candidate)),
          )
        : undefined;
    if (free === undefined) {
      throw new Error(
        `the lab needs ${prefix}, and the Docker network ${holder.network} has ${holder.prefix}; ` +
          `remove it, if it is of no more use: docker network rm ${holder.network}`,
      );
    }
    instead[name] = free;
  }
  return instead;
}

/** Prefixes of other kinds (IPv6) are in nobody's way. */
export function inTheWay(one: string, other: string): boolean {
  const [a, b] = [parsePrefix(one), parsePrefix(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}

const chosen = (instead: Readonly<Record<string, string>>): { network: string; prefix: string }[] =>
  Object.entries(instead).map(([network, prefix]) => ({ network, prefix }));
