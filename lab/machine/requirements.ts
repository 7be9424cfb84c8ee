import type { Executor } from '../../helpers/exec.ts';
import { toolVersions } from '../versions.ts';

type Tool = keyof typeof toolVersions;

interface Requirement {
  readonly argv: readonly [string, ...string[]];
  /** In what it prints. */
  readonly version: RegExp;
  readonly remedy: string;
}

const requirements: Readonly<Record<Tool, Requirement>> = {
  docker: {
    argv: ['docker', 'version', '--format', '{{.Server.Version}}'],
    version: /^(\d+\.\d+\.\d+)/m,
    remedy: 'install Docker and start it (https://docs.docker.com/engine/install)',
  },
  kind: {
    argv: ['kind', 'version'],
    version: /kind v(\d+\.\d+\.\d+)/,
    remedy: 'https://kind.sigs.k8s.io/docs/user/quick-start',
  },
  kubectl: {
    argv: ['kubectl', 'version', '--client'],
    version: /v(\d+\.\d+\.\d+)/,
    remedy: 'https://kubernetes.io/docs/tasks/tools',
  },
  helm: {
    argv: ['helm', 'version', '--short'],
    version: /v(\d+\.\d+\.\d+)/,
    remedy: 'https://helm.sh/docs/intro/install',
  },
  vagrant: {
    argv: ['vagrant', '--version'],
    version: /Vagrant (\d+\.\d+\.\d+)/,
    remedy: 'https://developer.hashicorp.com/vagrant/install',
  },
};

/** A look at a tool must not hang: a Docker client waits long for an engine that is not there. */
const lookMs = 30_000;

/**
 * Looks for the tools a provider drives. Returns their versions.
 * @throws Error with a line for each that is missing, does not answer or is too old, and what gets it
 */
export async function requireTools<T extends Tool>(
  provider: string,
  wanted: readonly T[],
  tools: Executor,
): Promise<Record<T, string>> {
  const looks = await Promise.all(wanted.map(async tool => ({ tool, ...(await look(tool, tools)) })));
  const missing = looks.flatMap(({ tool, problem }) =>
    problem === undefined ? [] : [`  ${tool}: ${problem}; ${requirements[tool].remedy}`],
  );
  if (missing.length > 0) {
    throw new Error(
      `LAB=${provider} cannot run here yet. What it needs:\n${missing.join('\n')}\n` +
        'npm run lab -- doctor says what each provider needs; the embedded lab (LAB=netns) needs none of it.',
    );
  }
  return Object.fromEntries(looks.map(({ tool, version }) => [tool, version])) as Record<T, string>;
}

/** Why what a tool says of its version will not do; undefined when it will. */
export function whyTooOld(tool: Tool, said: string): string | undefined {
  const [, version] = requirements[tool].version.exec(said) ?? [];
  if (version === undefined) return `says no version that is understood (${said})`;
  const least = toolVersions[tool];
  return isOlder(version, least) ? `${version} is too old, ${least} is needed` : undefined;
}

async function look(tool: Tool, tools: Executor): Promise<{ version: string; problem?: string }> {
  const { argv, version: pattern } = requirements[tool];
  const result = await tools
    .exec(argv, { timeoutMs: lookMs })
    .catch((error: Error) => ({ code: -1, stdout: '', stderr: error.message }));
  const said = (result.stderr || result.stdout).trim().split('\n').at(-1) ?? '';
  if (result.code === 127) return { version: '', problem: 'not installed' };
  if (result.code !== 0) return { version: '', problem: `does not answer (${said})` };
  const problem = whyTooOld(tool, result.stdout.trim() || said);
  const [, version = ''] = pattern.exec(result.stdout) ?? [];
  return problem === undefined ? { version } : { version, problem };
}

/** Of dotted numbers. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map(text => text.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
