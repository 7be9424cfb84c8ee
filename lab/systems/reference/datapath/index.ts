import { type CiliumNode, ciliumNodes } from '../../../../helpers/cilium/resources.ts';
import type { Pod } from '../../../../helpers/kube/resources.ts';
import { hostAddress } from '../../../contract/topology.ts';
import type { SystemContext } from '../../embedded.ts';
import { type MeshView, noMesh } from '../mesh/view.ts';
import { coalesced } from './coalesce.ts';
import { EndpointRegistry } from './endpoints.ts';
import { NodeNetwork } from './node-network.ts';
import { directRouteLine, directRoutes } from './routes.ts';
import { type NorthSouthProgram, ServiceTranslation } from './service-translation.ts';
import type { DatapathSettings } from './settings.ts';
import { Overlay } from './tunnel/overlay.ts';
import { remoteNodes } from './tunnel/routes.ts';

export type { NorthSouthProgram } from './service-translation.ts';

/** How long `start` waits for the operator to give every node a PodCIDR. */
const podCidrDeadlineMs = 10_000;

/** What carries packets: it goes on, unchanged, while an agent is down. */
export interface Datapath {
  /** Resolves when every node has its PodCIDR and pods can be attached. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Replaces all earlier settings. Resolves when every node has the new ones. */
  configure(settings: DatapathSettings): Promise<void>;
  /** Returns the pod's address. @throws Error when the node's agent is down or its PodCIDR is full */
  attachPod(node: string, pod: Pod, netns: string): Promise<string>;
  detachPod(node: string, pod: Pod, netns: string): Promise<void>;
  /** The node's agent is down: what it programmed stays, and changes are no longer seen. */
  suspend(node: string): void;
  /** The agent is back: resolves when the node has caught up. */
  resume(node: string): Promise<void>;
  /** The node's agent knows something new of other clusters: resolves when the node has it. */
  refresh(node: string): Promise<void>;
}

/** `program` takes over requests from outside while loadBalancer.mode is dsr. */
export function createDatapath(
  context: SystemContext,
  initial: DatapathSettings,
  program?: NorthSouthProgram,
  mesh: MeshView = noMesh,
): Datapath {
  const { kube, cluster, topology, faults } = context;
  const networks = new Map<string, NodeNetwork>();
  const suspended = new Set<string>();
  const endpoints = new EndpointRegistry(kube, cluster);
  let settings = initial;
  const services = new ServiceTranslation(context, settings, suspended, program, mesh);
  const overlay = new Overlay(context);
  let stopWatching = (): void => {};

  const networkOf = (node: string): NodeNetwork => {
    const network = networks.get(node);
    if (network === undefined)
      throw new Error(`node ${node} has no PodCIDR yet: is ${[...networks.keys()].join(', ')} all there is?`);
    return network;
  };

  /** The routes to other nodes' pods: through the tunnel, direct ones, or none. */
  const routesOf = async (network: NodeNetwork): Promise<string[]> => {
    const { name } = network.node;
    const all = [...kube.list(ciliumNodes), ...mesh.nodes(name)];
    if (settings.routingMode === 'tunnel')
      return overlay.open(network, settings.tunnelProtocol, remoteNodes(all, name));
    return settings.autoDirectNodeRoutes || faults.has('direct-routes-always')
      ? directRoutes(topology, name, all, faults).map(directRouteLine)
      : [];
  };

  const updateRoutes = coalesced(async () => {
    const protocol = settings.routingMode === 'tunnel' ? settings.tunnelProtocol : undefined;
    await Promise.all(
      [...networks.values()]
        .filter(({ node }) => !suspended.has(node.name))
        .map(async network => {
          if (overlay.protocolOn(network) !== protocol) {
            await network.setRoutes([]);
            await overlay.close(network);
          }
          await network.setRoutes(await routesOf(network));
          await network.setPodMtu(protocol === undefined ? undefined : overlay.podMtu);
        }),
    );
  });

  const setUpNode = async (name: string, podCidr: string): Promise<void> => {
    const node = context.nodes.get(name);
    if (node === undefined || networks.has(name)) return;
    const network = new NodeNetwork(node, podCidr);
    networks.set(name, network);
    await network.setUp(context.faults);
    await services.addNode(network);
  };

  const start = async (): Promise<void> => {
    const ready = new Map<string, Promise<void>>();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const missing = cluster.nodes.filter(name => !ready.has(name)).join(', ');
        const waited = podCidrDeadlineMs / 1000;
        reject(
          new Error(`no PodCIDR in the CiliumNode of ${missing} after ${waited} s: does the operator run?`),
        );
      }, podCidrDeadlineMs);
      stopWatching = kube.watch(ciliumNodes, (_type, { metadata: { name }, spec }: CiliumNode) => {
        const [podCidr] = spec.ipam?.podCIDRs ?? [];
        if (podCidr !== undefined && cluster.nodes.includes(name) && !ready.has(name)) {
          const done = setUpNode(name, podCidr);
          done.catch(reject);
          ready.set(name, done);
        }
        if (ready.size < cluster.nodes.length) return;
        clearTimeout(timer);
        Promise.all(ready.values())
          .then(updateRoutes)
          .then(resolve, error => {
            context.log(`datapath: ${String(error)}`);
            reject(error);
          });
      });
    });
    services.start();
  };

  return {
    start,
    async stop() {
      stopWatching();
      await services.stop();
    },
    async configure(next) {
      settings = next;
      await Promise.all([services.configure(settings), updateRoutes()]);
    },
    async attachPod(node, pod, netns) {
      if (suspended.has(node))
        throw new Error(`pod ${pod.metadata.name} cannot be attached on ${node}: its agent does not run`);
      const owner = `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;
      const address = await networkOf(node).attach(netns, owner, netns);
      endpoints.add(pod, address, node, hostAddress(topology, node));
      services.schedule(node);
      return address;
    },
    async detachPod(node, pod, netns) {
      endpoints.remove(pod);
      await networkOf(node).detach(netns);
      services.schedule(node);
    },
    suspend(node) {
      suspended.add(node);
    },
    async resume(node) {
      suspended.delete(node);
      if (faults.has('cilium-28137')) networks.get(node)?.forgetRoutes();
      await Promise.all([services.apply(node), updateRoutes()]);
    },
    async refresh(node) {
      await Promise.all([services.apply(node), updateRoutes()]);
    },
  };
}
