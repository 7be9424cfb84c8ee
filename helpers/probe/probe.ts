import { readFileSync } from 'node:fs';
import { type Executor, output } from '../exec.ts';
import { seededRandom } from '../statistics.ts';

export interface ProbePlan {
  readonly address: string;
  readonly port: number;
  /** Where connections come from: an address of the client host, and a port that is free there. */
  readonly requests: readonly { readonly source: string; readonly sourcePort: number }[];
}

/** What one request came to. Times are milliseconds since 1970 by the client's clock. */
export interface ProbeAnswer {
  readonly source: string;
  readonly sourcePort: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The replica that answered; undefined when none did. */
  readonly hostname: string | undefined;
  /** The address under which the replica saw the client. */
  readonly seenAs: string | undefined;
  readonly failure: string | undefined;
}

const script = readFileSync(new URL('./probe.py', import.meta.url), 'utf8');
const concurrency = 16;
const timeoutSeconds = 3;

/** Sends the plan's requests from a host. @throws ExecError when the probe itself fails */
export async function probe(host: Executor, plan: ProbePlan): Promise<ProbeAnswer[]> {
  const input = JSON.stringify({ ...plan, concurrency, timeoutSeconds });
  const printed = await output(host, ['python3', '-c', script], { input });
  return printed
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const { remote, ...answer } = JSON.parse(line) as ProbeAnswer & { remote?: string };
      const { hostname, failure } = answer;
      return { ...answer, hostname, failure, seenAs: remote?.slice(0, remote.lastIndexOf(':')) };
    });
}

/** `count` requests a source, from different ports that the seed repeats. */
export function requestsFrom(sources: readonly string[], count: number, seed: number): ProbePlan['requests'] {
  const random = seededRandom(seed);
  return sources.flatMap(source => {
    const ports = new Set<number>();
    // Below the range that kernels take ephemeral ports from.
    while (ports.size < count) ports.add(10_000 + Math.floor(random() * 20_000));
    return [...ports].map(sourcePort => ({ source, sourcePort }));
  });
}
