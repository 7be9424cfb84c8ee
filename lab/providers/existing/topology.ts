import { BlockList } from 'node:net';
import type { InterfaceAddress } from '../../../helpers/iproute.ts';
import type { ClusterSpec, HostSpec, RouterSpec, Topology } from '../../contract/topology.ts';
import type { Inventory } from './inventory.ts';

/** What machines and clusters said of themselves. */
export interface Facts {
  /** IPv4 addresses by host. */
  readonly addresses: Readonly<Record<string, readonly InterfaceAddress[]>>;
  /** FRR's running configuration; undefined without a router. */
  readonly routerConfiguration?: string;
  /** By cluster. */
  readonly clusters: Readonly<
    Record<
      string,
      {
        readonly kubernetesVersion: string;
        readonly configuration: Readonly<Record<string, string>>;
        /** Where its Cluster Mesh API server listens on every node; undefined when it does nowhere. */
        readonly meshNodePort?: number;
      }
    >
  >;
}

/** The topology of a user's lab: the inventory's names, the machines' own addresses. @throws Error naming what does not fit */
export function topologyOf(inventory: Inventory, facts: Facts): Topology {
  const networks = Object.entries(inventory.networks).map(([name, prefix]) => ({ name, prefix }));
  const hosts = Object.keys(inventory.hosts).map((name): HostSpec => {
    const isRouter = inventory.router?.host === name;
    const interfaces = interfacesOn(facts.addresses[name] ?? [], networks);
    if (interfaces.length === 0) {
      const has = facts.addresses[name]?.map(({ dev, address }) => `${dev} ${address}`).join(', ') ?? 'none';
      throw new Error(
        `${name} has no interface on ${networks.map(n => n.prefix).join(' or ')}; its addresses: ${has}`,
      );
    }
    const loopbacks = isRouter ? (inventory.router?.loopbacks ?? []) : [];
    return {
      name,
      role: isRouter ? 'router' : 'node',
      interfaces,
      ...(loopbacks.length === 0 ? {} : { loopbacks: loopbacks.map(dev => loopback(name, dev, facts)) }),
    };
  });
  const { router, routerConfiguration } = { router: inventory.router, ...facts };
  return {
    name: inventory.topology,
    networks,
    hosts,
    ...(router === undefined ? {} : { router: routerSpec(router.host, routerConfiguration ?? '') }),
    clusters: inventory.clusters.map(cluster => clusterSpec(cluster, facts)),
    ...(inventory.topology === 'mesh' ? { mesh: { nodePort: meshNodePort(inventory, facts) } } : {}),
  };
}

function interfacesOn(
  addresses: readonly InterfaceAddress[],
  networks: Topology['networks'],
): { name: string; network: string; address: string }[] {
  return networks.flatMap(({ name, prefix }) =>
    addresses
      // An address with a /32 is a service's or a claim's, not the interface's own.
      .filter(
        ({ address, family }) => family === 'inet' && !address.endsWith('/32') && contains(prefix, address),
      )
      .map(({ dev, address }) => ({ name: dev, network: name, address })),
  );
}

function loopback(host: string, dev: string, facts: Facts): { name: string; address: string } {
  const found = facts.addresses[host]?.find(each => each.dev === dev && each.family === 'inet');
  if (found === undefined) throw new Error(`${host} has no interface ${dev} with an IPv4 address`);
  return { name: dev, address: found.address };
}

/** From FRR's own configuration. @throws Error when BGP is not configured */
export function routerSpec(host: string, configuration: string): RouterSpec {
  const [block = '', asn] = /^router bgp (\d+)$[\s\S]*?^exit$/m.exec(configuration) ?? [];
  const routerId = /^ bgp router-id (\S+)$/m.exec(block)?.[1];
  if (asn === undefined || routerId === undefined) {
    throw new Error(
      `FRR on ${host} has no "router bgp" with a "bgp router-id": the nodes peer with that address`,
    );
  }
  return {
    host,
    asn: Number(asn),
    routerId,
    networks: [...block.matchAll(/^ {2}network (\S+)$/gm)].map(match => match[1] ?? ''),
    // FRR's own default, when it is built as Debian builds it.
    maximumPaths: Number(/^ {2}maximum-paths (\d+)$/m.exec(block)?.[1] ?? 64),
  };
}

function clusterSpec(cluster: Inventory['clusters'][number], facts: Facts): ClusterSpec {
  const { kubernetesVersion = '', configuration = {} } = facts.clusters[cluster.name] ?? {};
  const podCidr = cluster.podCidr ?? configuration['cluster-pool-ipv4-cidr']?.split(' ')[0];
  const maskSize =
    cluster.podCidrMaskSize ?? Number(configuration['cluster-pool-ipv4-mask-size'] ?? Number.NaN);
  if (podCidr === undefined || Number.isNaN(maskSize)) {
    throw new Error(
      `cluster ${cluster.name}: ConfigMap cilium-config does not say what pods get addresses from; set podCidr and podCidrMaskSize in the inventory`,
    );
  }
  const { name, id, controlPlane, nodes, serviceCidr, asn } = cluster;
  return {
    ...{ name, id, controlPlane, nodes, podCidr, podCidrMaskSize: maskSize, serviceCidr, kubernetesVersion },
    ...(asn === undefined ? {} : { asn }),
  };
}

function meshNodePort({ clusters }: Inventory, facts: Facts): number {
  const [first, ...others] = clusters.map(({ name }) => ({ name, port: facts.clusters[name]?.meshNodePort }));
  const without = [first, ...others].find(each => each?.port === undefined);
  if (first?.port === undefined || without !== undefined) {
    throw new Error(
      `cluster ${without?.name}: Service clustermesh-apiserver in kube-system has no node port: enable Cluster Mesh there ` +
        '(cilium clustermesh enable --service-type NodePort), and connect the clusters',
    );
  }
  const another = others.find(({ port }) => port !== first.port);
  if (another !== undefined) {
    throw new Error(
      `Cluster Mesh's node port is ${first.port} in cluster ${first.name} and ${another.port} in ${another.name}: claims take one for all`,
    );
  }
  return first.port;
}

function contains(prefix: string, address: string): boolean {
  const list = new BlockList();
  const [network = '', length] = prefix.split('/');
  list.addSubnet(network, Number(length));
  return list.check(address.split('/')[0] ?? '');
}
