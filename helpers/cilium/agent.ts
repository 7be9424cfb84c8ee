import { ExecError } from '../exec.ts';
import type { KubeApi } from '../kube/client.ts';
import { pods } from '../kube/resources.ts';

/** The agent of a node, asked in its own container: a second witness, never the first. */
export interface CiliumAgent {
  routePolicies(): Promise<readonly RoutePolicy[]>;
  /** Runs `cilium-dbg` with these arguments. @throws ExecError when it fails */
  run(args: readonly string[]): Promise<string>;
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

export function ciliumAgent(kube: KubeApi, node: string): CiliumAgent {
  const run = async (args: readonly string[]): Promise<string> => {
    const agents = await kube.list(pods, { namespace: 'kube-system', labelSelector: 'k8s-app=cilium' });
    const agent = agents.find(
      pod => pod.spec.nodeName === node && pod.metadata.deletionTimestamp === undefined,
    );
    if (agent === undefined) throw new Error(`no pod with k8s-app=cilium on node ${node}`);
    const argv = ['cilium-dbg', ...args];
    const result = await kube.exec(agent.metadata.name, 'kube-system', 'cilium-agent', argv);
    if (result.code !== 0) throw new ExecError(node, argv, `exit code ${result.code}`, result);
    return result.stdout;
  };
  return {
    run,
    routePolicies: async () => parseRoutePolicies(await run(['bgp', 'route-policies', '-o', 'json'])),
  };
}

interface PolicyJson {
  name: string;
  type: 'import' | 'export';
  statements: {
    'match-neighbors'?: { neighbors?: string[] } | string[] | null;
    'match-prefixes'?: { prefixes?: PrefixJson[] } | PrefixJson[] | null;
    'route-action': string;
  }[];
}

interface PrefixJson {
  cidr: string;
  'prefix-len-min': number;
  'prefix-len-max': number;
}

/** `cilium-dbg bgp route-policies -o json`, 1.17 (plain lists, peers as /32) to 1.20 (lists in an object). */
export function parseRoutePolicies(text: string): RoutePolicy[] {
  return (JSON.parse(text) as PolicyJson[]).flatMap(({ name, type, statements }) =>
    statements.map(statement => {
      const neighbors = statement['match-neighbors'] ?? [];
      const prefixes = statement['match-prefixes'] ?? [];
      return {
        name,
        type,
        peers: (Array.isArray(neighbors) ? neighbors : (neighbors.neighbors ?? [])).map(peer =>
          peer.replace(/\/32$/, ''),
        ),
        prefixes: (Array.isArray(prefixes) ? prefixes : (prefixes.prefixes ?? [])).map(prefixText),
        action: statement['route-action'],
      };
    }),
  );
}

function prefixText(prefix: PrefixJson): string {
  const { cidr, 'prefix-len-min': min, 'prefix-len-max': max } = prefix;
  const length = Number(cidr.split('/')[1]);
  return min === length && max === length ? cidr : `${cidr} (${min}..${max})`;
}
