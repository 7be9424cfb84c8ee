import type { ExecResult } from '../../helpers/exec.ts';
import type { Lab } from '../contract/lab.ts';
import { whyTooOld } from './requirements.ts';

/** One thing a provider needs, and whether this machine has it. */
export interface Finding {
  readonly provider: Lab['provider'];
  readonly what: string;
  /** `wanted`: the provider works without it, less comfortably or less fully. */
  readonly state: 'there' | 'wanted' | 'missing';
  /** The version found, or what came back. */
  readonly detail: string;
  /** The command that gets it, or what to do; only when it is not there. */
  readonly remedy?: string;
}

/** What is examined, so that other machines can be stood in for this one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** What LAB_INVENTORY names. */
  readonly inventory?: string;
  exists(path: string): boolean;
  /** Runs a command to its end. Exit code 127 when there is no such command. Never rejects. */
  run(argv: readonly [string, ...string[]]): Promise<ExecResult>;
}

export const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';
export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

export async function program(
  machine: Machine,
  provider: Finding['provider'],
  what: string,
  argv: readonly [string, ...string[]],
  remedy: string,
  otherwise: 'wanted' | 'missing' = 'missing',
): Promise<Finding> {
  const { code, stdout, stderr } = await machine.run(argv);
  if (code === 0) return { provider, what, state: 'there', detail: firstLine(stdout || stderr) };
  return { provider, what, state: otherwise, detail: lastLine(stderr) || `exit code ${code}`, remedy };
}

export const onMac = (machine: Machine, mac: string, linux: string): string =>
  machine.platform === 'darwin' ? mac : linux;

export const kubectl = (machine: Machine, provider: Finding['provider'], otherwise: 'wanted' | 'missing') =>
  program(
    machine,
    provider,
    'kubectl',
    ['kubectl', 'version', '--client'],
    onMac(machine, 'brew install kubectl', 'apt-get install kubernetes-client'),
    otherwise,
  );

/** One that is there and too old is as good as missing. */
export async function recent(
  tool: Parameters<typeof whyTooOld>[0],
  finding: Promise<Finding>,
  remedy: string,
): Promise<Finding> {
  const found = await finding;
  const why = found.state === 'there' ? whyTooOld(tool, found.detail) : undefined;
  return why === undefined ? found : { ...found, state: 'missing', detail: why, remedy };
}

/** helm, which installs Cilium in labs that we make. */
export function helm(machine: Machine, provider: Finding['provider']): Promise<Finding> {
  const remedy = onMac(machine, 'brew install helm', 'https://helm.sh/docs/intro/install');
  return recent('helm', program(machine, provider, 'helm', ['helm', 'version', '--short'], remedy), remedy);
}
