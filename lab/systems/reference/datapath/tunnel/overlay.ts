import { tunnelOverhead } from '../../../../../helpers/cilium/tunnel.ts';
import { hostAddress, hostSpec } from '../../../../contract/topology.ts';
import type { SystemContext } from '../../../embedded.ts';
import { tunnelEntry } from '../dsr/entries.ts';
import { bpftool, type Loaded, loadPrograms } from '../dsr/loaded.ts';
import type { NodeNetwork } from '../node-network.ts';
import { type RemoteNode, type TunnelProtocol, tunnelDevice, tunnelMac, tunnelRoutes } from './routes.ts';

/** Of the lab's networks, in bytes. */
const ethernetMtu = 1500;
const routeMtu = ethernetMtu - tunnelOverhead;

/** IANA's VXLAN port is another one (RFC 7348): Linux and Cilium keep to the one that came before it. */
const vxlanPort = 8472;

interface Tunnel {
  readonly protocol: TunnelProtocol;
  /** What does Geneve, which the kernel may not have. */
  readonly programs?: Loaded;
  /** Keys of the programs' map `tunnels`. */
  known: ReadonlySet<string>;
}

/**
 * The routing mode `tunnel`: VXLAN by the kernel's own device, told by each route where to send (`encap ip`); Geneve by
 * program.c, at the egress of a device that stands in the place of one that kernels may lack.
 */
export class Overlay {
  readonly #context: SystemContext;
  readonly #tunnels = new Map<string, Tunnel>();

  constructor(context: SystemContext) {
    this.#context = context;
  }

  /** What a node's pods may send at once, in bytes; undefined where their interfaces' own MTU holds. */
  get podMtu(): number | undefined {
    const { faults } = this.#context;
    if (faults.has('tunnel-mtu-not-lowered')) return undefined;
    return faults.has('tunnel-mtu-lowered-twice') ? routeMtu - tunnelOverhead : routeMtu;
  }

  protocolOn({ node }: NodeNetwork): TunnelProtocol | undefined {
    return this.#tunnels.get(node.name)?.protocol;
  }

  /** Makes a node's tunnel lead to these nodes. Returns the routes into it. @throws ExecError */
  async open(
    network: NodeNetwork,
    protocol: TunnelProtocol,
    others: readonly RemoteNode[],
  ): Promise<string[]> {
    const known = this.#tunnels.get(network.node.name) ?? (await this.#add(network, protocol));
    this.#tunnels.set(network.node.name, known);
    if (known.programs === undefined) await introduce(network, others);
    else known.known = await writeTunnels(known.programs.pins, known.known, others);
    return tunnelRoutes(network, protocol, others, routeMtu, this.#context.faults);
  }

  /** Takes a node's tunnel away; nothing may be routed into it any more. @throws ExecError */
  async close(network: NodeNetwork): Promise<void> {
    const tunnel = this.#tunnels.get(network.node.name);
    if (tunnel === undefined) return;
    this.#tunnels.delete(network.node.name);
    await tunnel.programs?.unload();
    await network.run([`link del ${tunnelDevice[tunnel.protocol]}`]);
  }

  async #add(network: NodeNetwork, protocol: TunnelProtocol): Promise<Tunnel> {
    const { faults, topology } = this.#context;
    const { node, routerAddress } = network;
    const dev = tunnelDevice[protocol];
    if (protocol === 'vxlan') {
      const port = faults.has('tunnel-wrong-port') ? 4789 : vxlanPort;
      const address = tunnelMac(hostAddress(topology, node.name));
      await network.run([
        `link add ${dev} address ${address} type vxlan external dstport ${port} nolearning`,
        `link set ${dev} up`,
      ]);
      return { protocol, known: new Set() };
    }
    await network.run([`link add ${dev} type ifb`, `link set ${dev} arp off up`]);
    const [main] = hostSpec(topology, node.name).interfaces;
    const programs = await loadPrograms(
      this.#context,
      node,
      'tunnel',
      [
        { dev: main?.name ?? '', hook: 'ingress', program: 'from_lan' },
        { dev, hook: 'egress', program: 'to_tunnel' },
      ],
      faults.has('tunnel-outer-pod-address') ? routerAddress : undefined,
    );
    return { protocol, programs, known: new Set() };
  }
}

/** Nobody answers ARP in the tunnel: the nodes know each other. */
async function introduce(network: NodeNetwork, others: readonly RemoteNode[]): Promise<void> {
  await network.run(
    others.map(
      ({ address }) =>
        `neigh replace ${address} lladdr ${tunnelMac(address)} dev ${tunnelDevice.vxlan} nud permanent`,
    ),
  );
}

async function writeTunnels(
  pins: string,
  before: ReadonlySet<string>,
  others: readonly RemoteNode[],
): Promise<ReadonlySet<string>> {
  const entries = others.flatMap(({ address, podCidrs }) => podCidrs.map(cidr => tunnelEntry(cidr, address)));
  const keys = new Set(entries.map(({ key }) => key));
  await bpftool([
    ...entries.map(({ key, value }) => `map update pinned ${pins}/tunnels key hex ${key} value hex ${value}`),
    ...[...before]
      .filter(key => !keys.has(key))
      .map(key => `map delete pinned ${pins}/tunnels key hex ${key}`),
  ]);
  return keys;
}
