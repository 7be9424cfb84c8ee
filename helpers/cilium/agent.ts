import { ExecError } from '../exec.ts';
import type { KubeApi } from '../kube/client.ts';
import { pods } from '../kube/resources.ts';
import { parseJson, Shape } from '../shape.ts';

/** The agent of a node, asked in its own container: a second witness, never the first. */
export interface CiliumAgent {
  bgpPeers(): Promise<readonly AgentBgpPeer[]>;
  /** `available` is what it could advertise, `advertised` what it told each peer. */
  bgpRoutes(which: 'available' | 'advertised'): Promise<readonly AgentBgpRoute[]>;
  routePolicies(): Promise<readonly RoutePolicy[]>;
  status(): Promise<AgentStatus>;
  /** Names of the other nodes that it has noted, and will know of when it starts again. */
  notedNodes(): Promise<readonly string[]>;
  /** The last lines that it logged. */
  log(lines: number): Promise<string>;
  /** Runs `cilium-dbg` with these arguments. @throws ExecError when it fails */
  run(args: readonly string[]): Promise<string>;
}

export interface AgentBgpPeer {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
  readonly localAsn: number;
  /** `established`, `active`, … */
  readonly state: string;
  /** In seconds. */
  readonly uptime: number;
  /** In seconds; 0 while there is no session. */
  readonly applied: { readonly holdTime: number; readonly keepalive: number };
  readonly configured: { readonly holdTime: number; readonly keepalive: number };
  /** In seconds; undefined when graceful restart is off. */
  readonly restartTime: number | undefined;
  /** By address family, `ipv4/unicast`. */
  readonly prefixes: Readonly<Record<string, { readonly advertised: number; readonly received: number }>>;
}

export interface AgentBgpRoute {
  readonly prefix: string;
  /** The peer it was told to; undefined for what is available. */
  readonly peer: string | undefined;
  readonly best: boolean;
  /** As on the wire (RFC 4271 section 4.3). */
  readonly attributes: readonly Uint8Array[];
}

/** One statement of a route policy. */
export interface RoutePolicy {
  readonly name: string;
  readonly type: 'import' | 'export';
  readonly peers: readonly string[];
  /** With the range of lengths when that is not the prefix's own: `10.0.0.0/8 (9..24)`. */
  readonly prefixes: readonly string[];
  readonly action: string;
}

/** What the load-balancing claims ask of `cilium-dbg status`. */
export interface AgentStatus {
  /** `Ok`, or what is wrong. */
  readonly state: string;
  readonly nodePort: {
    /** `SNAT`, `DSR`, `Hybrid` */
    readonly mode: string;
    /** `Random`, `Maglev` */
    readonly algorithm: string;
    /** `IP Option/Extension`, `Geneve`, …; said in mode SNAT, too, without meaning anything there. */
    readonly dsrDispatch: string | undefined;
    /** Entries of a service's Maglev table; undefined with another algorithm. */
    readonly maglevTableSize: number | undefined;
  };
  /** `Native`, or `Tunnel [vxlan]` and the like. */
  readonly routing: string;
}

/** pkg/node/manager/manager.go, `nodesFilename`: written once a minute at most. */
export const notedNodesFile = '/var/run/cilium/state/nodes.json';

export function ciliumAgent(kube: KubeApi, node: string): CiliumAgent {
  const podName = async (): Promise<string> => {
    const agents = await kube.list(pods, { namespace: 'kube-system', labelSelector: 'k8s-app=cilium' });
    const agent = agents.find(
      pod => pod.spec.nodeName === node && pod.metadata.deletionTimestamp === undefined,
    );
    if (agent === undefined) throw new Error(`no pod with k8s-app=cilium on node ${node}`);
    return agent.metadata.name;
  };
  const exec = async (argv: readonly string[]): Promise<string> => {
    const result = await kube.exec(await podName(), 'kube-system', 'cilium-agent', argv);
    if (result.code !== 0) throw new ExecError(node, argv, `exit code ${result.code}`, result);
    return result.stdout;
  };
  const run = (args: readonly string[]): Promise<string> => exec(['cilium-dbg', ...args]);
  return {
    run,
    log: async lines => (await kube.logs(await podName(), 'kube-system', lines)).get('cilium-agent') ?? '',
    bgpPeers: async () => parseBgpPeers(await run(['bgp', 'peers', '-o', 'json'])),
    bgpRoutes: async which =>
      parseBgpRoutes(await run(['bgp', 'routes', which, 'ipv4', 'unicast', '-o', 'json'])),
    routePolicies: async () => parseRoutePolicies(await run(['bgp', 'route-policies', '-o', 'json'])),
    status: async () => parseStatus(await run(['status', '-o', 'json'])),
    notedNodes: async () =>
      new Shape(notedNodesFile, { nodes: parseJson(notedNodesFile, await exec(['cat', notedNodesFile])) })
        .children('nodes')
        .map(noted => noted.string('Name')),
  };
}

/** Go prints an empty list as null, and some versions print nothing at all. */
function listIn(command: string, text: string): Shape[] {
  const list = text.trim() === '' ? [] : parseJson(command, text);
  return new Shape(command, { entries: list }).children('entries');
}

/** `cilium-dbg bgp peers -o json`, 1.17 to 1.20. @throws Error naming what is not as expected */
export function parseBgpPeers(text: string): AgentBgpPeer[] {
  return listIn('cilium-dbg bgp peers', text).map(peer => {
    const restart = peer.optionalChild('graceful-restart');
    return {
      name: peer.optionalString('name') ?? '',
      address: peer.string('peer-address'),
      asn: peer.number('peer-asn'),
      localAsn: peer.number('local-asn'),
      state: peer.string('session-state'),
      uptime: (peer.optionalNumber('uptime-nanoseconds') ?? 0) / 1e9,
      applied: {
        holdTime: peer.optionalNumber('applied-hold-time-seconds') ?? 0,
        keepalive: peer.optionalNumber('applied-keep-alive-time-seconds') ?? 0,
      },
      configured: {
        holdTime: peer.number('configured-hold-time-seconds'),
        keepalive: peer.number('configured-keep-alive-time-seconds'),
      },
      restartTime: restart?.flag('enabled') ? restart.number('restart-time-seconds') : undefined,
      prefixes: Object.fromEntries(
        peer.children('families').map(family => [
          `${family.string('afi')}/${family.string('safi')}`,
          {
            advertised: family.optionalNumber('advertised') ?? 0,
            received: family.optionalNumber('received') ?? 0,
          },
        ]),
      ),
    };
  });
}

/** `cilium-dbg bgp routes available|advertised ipv4 unicast -o json`, 1.17 to 1.20. */
export function parseBgpRoutes(text: string): AgentBgpRoute[] {
  return listIn('cilium-dbg bgp routes', text).flatMap(route =>
    route.children('paths').map(path => ({
      prefix: route.string('prefix'),
      peer: route.optionalString('neighbor'),
      best: path.flag('best'),
      attributes: path
        .children('path-attributes')
        .map(attribute => Buffer.from(attribute.string('base64'), 'base64')),
    })),
  );
}

/** `cilium-dbg bgp route-policies -o json`, 1.17 (plain lists, peers as /32) to 1.20 (lists in an object). */
export function parseRoutePolicies(text: string): RoutePolicy[] {
  return listIn('cilium-dbg bgp route-policies', text).flatMap(policy =>
    policy.children('statements').map(statement => ({
      name: policy.string('name'),
      type: policy.string('type') as RoutePolicy['type'],
      peers: matched(statement, 'match-neighbors', 'neighbors').map(peer =>
        String(peer).replace(/\/32$/, ''),
      ),
      prefixes: matched(statement, 'match-prefixes', 'prefixes').map(prefix =>
        prefixText(new Shape('cilium-dbg bgp route-policies', prefix)),
      ),
      action: statement.string('route-action'),
    })),
  );
}

function matched(statement: Shape, field: string, inner: string): readonly unknown[] {
  return statement.isObject(field) ? statement.child(field).list(inner) : statement.list(field);
}

function prefixText(prefix: Shape): string {
  const cidr = prefix.string('cidr');
  const [min, max] = [prefix.number('prefix-len-min'), prefix.number('prefix-len-max')];
  const length = Number(cidr.split('/')[1]);
  return min === length && max === length ? cidr : `${cidr} (${min}..${max})`;
}

/** `cilium-dbg status -o json`, 1.17 to 1.20. */
export function parseStatus(text: string): AgentStatus {
  const status = new Shape('cilium-dbg status', parseJson('cilium-dbg status', text));
  const agent = status.child('cilium');
  const nodePort = status.child('kube-proxy-replacement').child('features').child('nodePort');
  const state = agent.string('state');
  return {
    state: state === 'Ok' ? state : `${state}: ${agent.optionalString('msg') ?? ''}`,
    nodePort: {
      mode: nodePort.string('mode'),
      algorithm: nodePort.string('algorithm'),
      dsrDispatch: nodePort.optionalString('dsrMode'),
      maglevTableSize: nodePort.optionalNumber('lutSize'),
    },
    routing: routingOf(status.child('routing')),
  };
}

function routingOf(routing: Shape): string {
  const tunnel = routing.optionalString('tunnel-protocol');
  return `${routing.string('inter-host-routing-mode')}${tunnel === undefined ? '' : ` [${tunnel}]`}`;
}
