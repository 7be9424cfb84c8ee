import { parseJson, Shape } from '../shape.ts';
import type { CiliumAgent } from './agent.ts';

/** What a node's agent says of the mesh: a second witness, never the first. 1.17 to 1.20. */

export interface RemoteCluster {
  readonly name: string;
  readonly ready: boolean;
  readonly connected: boolean;
  readonly nodes: number;
  readonly endpoints: number;
  readonly identities: number;
  readonly services: number;
}

/** From `cilium-dbg status -o json`. @throws Error when it tells of no mesh */
export async function remoteClusters(agent: CiliumAgent): Promise<RemoteCluster[]> {
  return parseRemoteClusters(await agent.run(['status', '-o', 'json']));
}

export function parseRemoteClusters(text: string): RemoteCluster[] {
  const mesh = new Shape('cilium-dbg status', parseJson('cilium-dbg status', text)).child('cluster-mesh');
  return mesh.children('clusters').map(cluster => ({
    name: cluster.string('name'),
    ready: cluster.flag('ready'),
    connected: cluster.flag('connected'),
    nodes: cluster.optionalNumber('num-nodes') ?? 0,
    endpoints: cluster.optionalNumber('num-endpoints') ?? 0,
    identities: cluster.optionalNumber('num-identities') ?? 0,
    services: cluster.optionalNumber('num-shared-services') ?? 0,
  }));
}

export interface KnownNode {
  /** `<cluster>/<node>`; the node alone in a cluster named `default`. */
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
  /** `local`, `custom-resource`, `clustermesh` */
  readonly source: string;
}

/** `cilium-dbg node list` */
export async function knownNodes(agent: CiliumAgent): Promise<KnownNode[]> {
  return parseNodes(await agent.run(['node', 'list', '-o', 'json']));
}

export function parseNodes(text: string): KnownNode[] {
  const command = 'cilium-dbg node list';
  return new Shape(command, { nodes: parseJson(command, text) }).children('nodes').map(node => {
    const ipv4 = node.child('primary-address').child('ipv4');
    return {
      name: node.string('name'),
      address: ipv4.string('ip'),
      podCidr: ipv4.string('alloc-range'),
      source: node.optionalString('source') ?? '',
    };
  });
}

export interface KnownIdentity {
  readonly id: number;
  readonly labels: readonly string[];
}

/** `cilium-dbg identity list` */
export async function knownIdentities(agent: CiliumAgent): Promise<KnownIdentity[]> {
  return parseIdentities(await agent.run(['identity', 'list', '-o', 'json']));
}

export function parseIdentities(text: string): KnownIdentity[] {
  const command = 'cilium-dbg identity list';
  return new Shape(command, { identities: parseJson(command, text) })
    .children('identities')
    .map(identity => ({ id: identity.number('id'), labels: identity.list('labels').map(String) }));
}

/** The backends `<address>:<port>` of a service's address, from `cilium-dbg service list`. */
export async function backendsOf(agent: CiliumAgent, address: string): Promise<string[]> {
  return parseBackends(await agent.run(['service', 'list', '-o', 'json']), address);
}

export function parseBackends(text: string, address: string): string[] {
  const command = 'cilium-dbg service list';
  return new Shape(command, { services: parseJson(command, text) }).children('services').flatMap(service => {
    const spec = service.child('spec');
    if (spec.child('frontend-address').string('ip') !== address) return [];
    return spec
      .children('backend-addresses')
      .map(backend => `${backend.string('ip')}:${backend.number('port')}`);
  });
}
