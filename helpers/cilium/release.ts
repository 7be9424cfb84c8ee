import { ExecError, type ExecResult, type Executor, output } from '../exec.ts';
import { parseJson, Shape } from '../shape.ts';
import { type ChartValues, merged } from './values.ts';

/** Cilium in a cluster, as its operator handles it: helm for what it is, kubectl for its pods. */
export interface CiliumRelease {
  /** Installs it, or brings what is there to these values. Resolves when agents and operator are ready. */
  install(version: string, values: ChartValues): Promise<void>;
  /**
   * The values it was installed with, and these over them; none brings back those it was installed with. What the
   * changed configuration concerns is restarted. Resolves when agents and operator are ready.
   */
  configure(over: ChartValues): Promise<void>;
  /** Another chart version, with the values there are. Resolves when every pod is of that version and ready. */
  upgrade(version: string): Promise<void>;
  /** `kubectl rollout restart` of all agents. Resolves when they are ready. */
  restartAgents(): Promise<void>;
  /** Waits until agents and operator are rolled out and ready. @throws Error naming the pods that are not */
  waitUntilReady(): Promise<void>;
  status(): Promise<ReleaseStatus>;
  /** The values it has from its operator, without the chart's own. */
  values(): Promise<ChartValues>;
}

export interface ReleaseStatus {
  /** Of the chart, e.g. `1.18.0`; undefined when there is no such release. */
  readonly version: string | undefined;
  /** As helm says it: `deployed`, `failed`, `pending-upgrade`, … */
  readonly state: string | undefined;
  readonly agents: { readonly wanted: number; readonly ready: number; readonly updated: number };
}

export interface ReleaseOptions {
  /** Runs helm and kubectl: this machine, or one beside the cluster. */
  readonly tools: Executor;
  /** A kubeconfig file where the tools run, and a context of it. */
  readonly kubeconfig: string;
  readonly context?: string;
  /** A repository's chart, a path, or an archive. */
  readonly chart?: string;
  /** Left out for a chart that is a path. */
  readonly repository?: string;
  readonly name?: string;
  readonly namespace?: string;
  /**
   * What it was installed with, for a client that did not install it: what helm says now may be what a claim
   * configured. Left out, it is what helm says when first asked.
   */
  readonly installed?: ChartValues;
  /** How long agents may take to be ready, images pulled. */
  readonly rolloutMs?: number;
}

export const ciliumRepository = 'https://helm.cilium.io';

const fiveMinutes = 300_000;
/** What a restart concerns: both read their configuration when they start. */
const workloads = ['daemonset/cilium', 'deployment/cilium-operator'] as const;

export function ciliumRelease({
  tools,
  kubeconfig,
  context,
  chart = 'cilium',
  repository = chart === 'cilium' ? ciliumRepository : undefined,
  name = 'cilium',
  namespace = 'kube-system',
  rolloutMs = fiveMinutes,
  installed: given,
}: ReleaseOptions): CiliumRelease {
  const seconds = Math.ceil(rolloutMs / 1000);
  const helm = (args: readonly string[], input?: string): Promise<string> =>
    output(
      tools,
      [
        'helm',
        ...args,
        '--namespace',
        namespace,
        '--kubeconfig',
        kubeconfig,
        ...option('--kube-context', context),
      ],
      input === undefined ? {} : { input },
    );
  const kubectl = (args: readonly string[]): Promise<string> =>
    output(tools, [
      ...['kubectl', ...args, '--namespace', namespace, '--kubeconfig', kubeconfig],
      ...option('--context', context),
    ]);

  /** The values of a release, those of an operator only, as it was given them. */
  const valuesOf = async (): Promise<ChartValues> =>
    (parseJson('helm get values', await helm(['get', 'values', name, '--output', 'json'])) ??
      {}) as ChartValues;
  const configuration = async (): Promise<string> =>
    kubectl(['get', 'configmap', 'cilium-config', '--output', 'jsonpath={.data}', '--ignore-not-found']);

  const apply = async (version: string, values: ChartValues): Promise<void> => {
    const before = await configuration();
    await helm(
      [
        ...['upgrade', name, chart, '--install', '--version', version, ...option('--repo', repository)],
        // Nothing is carried over from an earlier revision: the values are these.
        ...['--reset-values', '--values', '-', '--timeout', `${seconds}s`],
      ],
      JSON.stringify(values),
    );
    const after = await configuration();
    // helm replaces pods whose own specification changed; agents that only read another ConfigMap it leaves alone.
    if (before !== '' && before !== after) await kubectl(['rollout', 'restart', ...workloads]);
    await release.waitUntilReady();
  };

  let installed = given;
  const release: CiliumRelease = {
    install: async (version, values) => {
      await apply(version, values);
      installed = values;
    },
    configure: async over => {
      const { version } = await release.status();
      if (version === undefined)
        throw new Error(`helm has no release ${name} in namespace ${namespace}: nothing to configure`);
      installed ??= await valuesOf();
      await apply(version, merged(installed, over));
    },
    upgrade: async version => apply(version, await valuesOf()),
    restartAgents: async () => {
      await kubectl(['rollout', 'restart', workloads[0]]);
      await release.waitUntilReady();
    },
    waitUntilReady: async () => {
      for (const workload of workloads) {
        const waiting = kubectl(['rollout', 'status', workload, `--timeout=${seconds}s`]);
        await waiting.catch(async (error: unknown) => {
          const pods = await kubectl([
            'get',
            'pods',
            '--output',
            'wide',
            '--selector',
            'app.kubernetes.io/part-of=cilium',
          ]);
          throw notReady(tools.name, workload, error, pods);
        });
      }
    },
    values: valuesOf,
    status: async () => {
      const listed = parseJson(
        'helm list',
        await helm(['list', '--all', '--filter', `^${name}$`, '--output', 'json']),
      );
      const [found] = new Shape('helm list', { releases: listed }).children('releases');
      const shown = await kubectl(['get', workloads[0], '--output', 'json', '--ignore-not-found']);
      const agents =
        shown.trim() === ''
          ? undefined
          : new Shape('daemonset cilium', parseJson('kubectl get', shown)).optionalChild('status');
      return {
        version: found?.string('chart').replace(/^.*?-(?=\d)/, ''),
        state: found?.string('status'),
        agents: {
          wanted: agents?.optionalNumber('desiredNumberScheduled') ?? 0,
          ready: agents?.optionalNumber('numberReady') ?? 0,
          updated: agents?.optionalNumber('updatedNumberScheduled') ?? 0,
        },
      };
    },
  };
  return release;
}

const option = (flag: string, value: string | undefined): string[] =>
  value === undefined ? [] : [flag, value];

function notReady(host: string, workload: string, cause: unknown, pods: string): Error {
  const said = cause instanceof Error ? cause.message : String(cause);
  const result: ExecResult = { code: 1, stdout: pods, stderr: '' };
  return new ExecError(
    host,
    ['kubectl', 'rollout', 'status', workload],
    `it does not get ready: ${said}`,
    result,
  );
}
