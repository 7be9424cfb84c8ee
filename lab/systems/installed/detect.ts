import { ciliumAgent } from '../../../helpers/cilium/agent.ts';
import type { Executor } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { configMaps } from '../../../helpers/kube/resources.ts';
import type { Capability, SystemUnderTest } from '../../contract/lab.ts';

/** What runs in a cluster, asked of it. */
export interface DetectedSystem {
  readonly name: SystemUnderTest['name'];
  /** e.g. `1.18.0`, without the build's own suffix. */
  readonly version: string;
  /** ConfigMap `cilium-config`; empty where there is none. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** @throws Error when an agent does not answer, or agents are of different versions: a rollout is on its way */
export async function detectSystem(kube: KubeApi, nodes: readonly string[]): Promise<DetectedSystem> {
  const versions = await Promise.all(
    nodes.map(async node => ({ node, ...parseAgentVersion(await ciliumAgent(kube, node).run(['version'])) })),
  );
  const [first, ...others] = versions;
  if (first === undefined) throw new Error('a cluster without nodes has no system to test');
  const another = others.find(({ version, name }) => version !== first.version || name !== first.name);
  if (another !== undefined) {
    throw new Error(
      `the agent of ${first.node} is ${first.name} ${first.version}, that of ${another.node} is ${another.name} ` +
        `${another.version}: wait until the rollout is over (kubectl -n kube-system rollout status ds/cilium)`,
    );
  }
  const configuration = (await kube.get(configMaps, 'cilium-config', 'kube-system'))?.data ?? {};
  return { name: first.name, version: first.version, configuration };
}

/** `cilium-dbg version`: `Daemon: 1.18.0 7f1b1a0c 2025-07-29T… go version …`. @throws Error when it is something else */
export function parseAgentVersion(text: string): Pick<DetectedSystem, 'name' | 'version'> {
  const [, version, rest = ''] = /^Daemon: v?(\d+\.\d+\.\d+\S*)(.*)$/m.exec(text) ?? [];
  if (version === undefined)
    throw new Error(`cilium-dbg version printed no version of its daemon: ${text.slice(0, 200)}`);
  return { name: rest.includes('reference (not Cilium)') ? 'reference' : 'cilium', version };
}

/** What a lab can do, and why not what it cannot. */
export interface Detected {
  readonly capabilities: ReadonlySet<Capability>;
  readonly lacking: Readonly<Partial<Record<Capability, string>>>;
}

/** The result of each capability's own check: undefined when it is there, else why not. */
export function collect(checks: Readonly<Partial<Record<Capability, string | undefined>>>): Detected {
  const all = Object.entries(checks) as [Capability, string | undefined][];
  return {
    capabilities: new Set(all.flatMap(([capability, why]) => (why === undefined ? [capability] : []))),
    lacking: Object.fromEntries(all.filter(([, why]) => why !== undefined)),
  };
}

/** Why the host is no router that can be driven; undefined when it is. */
export async function whyNoRouter(host: Executor, asn: number): Promise<string | undefined> {
  try {
    // Its summary is empty as long as it has no neighbours.
    const [, configured] = /^router bgp (\d+)/m.exec(await frr(host).runningConfig()) ?? [];
    if (configured === undefined) return `FRR on ${host.name} has no BGP configured`;
    return Number(configured) === asn ? undefined : `FRR on ${host.name} is AS ${configured}, not ${asn}`;
  } catch (error) {
    return `FRR on ${host.name} does not answer vtysh: ${firstLine(error)}`;
  }
}

/**
 * Why Geneve DSR cannot be had: a kernel without GENEVE, or a tunnel of another protocol, with which Cilium refuses
 * Geneve dispatch (its daemon's option checks, and the documentation on DSR with Geneve). Undefined when it can.
 */
export async function whyNoGeneveDsr(
  hosts: readonly Pick<Executor, 'name' | 'exec'>[],
  configuration: DetectedSystem['configuration'],
): Promise<string | undefined> {
  const { 'routing-mode': mode, 'tunnel-protocol': tunnel = 'vxlan' } = configuration;
  if (mode === 'tunnel' && tunnel !== 'geneve')
    return `the tunnel is ${tunnel}, and Geneve dispatch wants geneve or native routing`;
  return whyNoTunnel(hosts, 'geneve');
}

/** Why nodes cannot be told to tunnel in this protocol: kernels without it. Undefined when they can. */
export async function whyNoTunnel(
  hosts: readonly Pick<Executor, 'name' | 'exec'>[],
  protocol: 'vxlan' | 'geneve',
): Promise<string | undefined> {
  const without = await Promise.all(
    hosts.map(async host => ((await hasModule(host, protocol)) ? [] : [host.name])),
  );
  const names = without.flat();
  const option = protocol.toUpperCase();
  return names.length === 0
    ? undefined
    : `the kernel of ${names.join(', ')} has no ${option} (CONFIG_${option})`;
}

/** Loaded, built in, or a module that is there; nothing is loaded for it. */
async function hasModule(host: Pick<Executor, 'exec'>, module: 'vxlan' | 'geneve'): Promise<boolean> {
  const look = [
    `test -d /sys/module/${module} && exit`,
    `cd "/lib/modules/$(uname -r)" && grep -qs /${module}.ko modules.builtin modules.dep && exit`,
    `zgrep -qs "^CONFIG_${module.toUpperCase()}=[ym]" /proc/config.gz`,
  ].join('\n');
  return (await host.exec(['sh', '-c', look])).code === 0;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 2).join(' ');
