import { readFileSync } from 'node:fs';
import { type Executor, output, type RunningCommand } from '../exec.ts';
import { linesOf } from '../lines.ts';
import { parseJson, Shape } from '../shape.ts';
import type { ProbePlan } from './probe.ts';

export const datagramsScript = readFileSync(new URL('./datagrams.py', import.meta.url), 'utf8');
const command = (plan: object): string[] => ['python3', '-c', datagramsScript, JSON.stringify(plan)];

export interface DatagramPlan {
  readonly address: string;
  readonly port: number;
  /** Datagrams from each source and port, one after the answer to the other. */
  readonly each: number;
  readonly requests: ProbePlan['requests'];
}

export interface DatagramAnswers {
  readonly sourcePort: number;
  /** Names of who answered, from the address that was asked; fewer than were sent when one stayed away. */
  readonly answers: readonly string[];
}

/** @throws ExecError when the probe itself fails */
export async function sendDatagrams(host: Executor, plan: DatagramPlan): Promise<DatagramAnswers[]> {
  const printed = await output(host, command({ mode: 'send', ...plan }));
  return printed
    .trimEnd()
    .split('\n')
    .map(line => {
      const said = new Shape('datagrams.py', parseJson('datagrams.py', line));
      return { sourcePort: said.number('sourcePort'), answers: said.list('answers').map(String) };
    });
}

/** Answers datagrams with a name, until its input ends. Resolves when it listens. @throws Error when it does not */
export async function serveDatagrams(host: Executor, port: number, name: string): Promise<RunningCommand> {
  const running = await host.start(command({ mode: 'serve', port, name }));
  const { value } = await linesOf(running.stdout).next();
  if (value !== 'listening') throw new Error(`${name}: nothing serves datagrams at port ${port}`);
  return running;
}
