import { ExecError, type ExecResult, type Executor } from '../../../helpers/exec.ts';

/**
 * A Docker engine, kind and the tools beside them, in memory: answers as the real ones do (their output is recorded from
 * runs of them), and fails where it is told to. For tests of the order of things.
 */
export class FakeEngine {
  /** Every command line that changes something, in order. */
  readonly calls: string[] = [];
  readonly networks = new Map<string, { labels: string[]; prefix: string }>();
  readonly containers = new Map<string, { labels: string[] }>();
  /** The n-th call (from 1) fails. */
  failAt: number | undefined;
  /** Something to be done before the n-th call. */
  before: ((call: number) => void) | undefined;
  #next = 21;

  executor(signal?: AbortSignal): Executor {
    return {
      name: 'this machine',
      exec: async (argv, options) => {
        signal?.throwIfAborted();
        const result = this.#answer(argv, options?.input ?? '');
        signal?.throwIfAborted();
        return result;
      },
      start: argv => Promise.reject(new ExecError('this machine', argv, 'nothing is started here')),
    };
  }

  #answer(argv: readonly string[], input: string): ExecResult {
    const [program, verb, noun] = argv;
    const line = argv.join(' ');
    const ok = (stdout = ''): ExecResult => ({ code: 0, stdout, stderr: '' });
    const failed = (stderr: string): ExecResult => ({ code: 1, stdout: '', stderr });
    if (line.startsWith('docker version')) return ok('28.1.1\n');
    if (line === 'kind version') return ok('kind v0.30.0 go1.24.6 linux/amd64\n');
    if (line.startsWith('kubectl version')) return ok('Client Version: v1.33.2\nKustomize Version: v5.6.0\n');
    if (line.startsWith('helm version')) return ok('v3.18.4+gd80839c\n');
    if (line.startsWith('docker network ls') || line.startsWith('docker ps')) return ok(this.#list(argv));
    if (line.startsWith('docker network inspect'))
      return ok(['bridge 172.17.0.0/16', ...this.#networkLines()].join('\n'));
    if (line.startsWith('docker image inspect')) return failed('Error response from daemon: No such image');
    if (line.startsWith('docker inspect')) return ok('172.21.0.1\n');

    this.calls.push(line);
    this.before?.(this.calls.length);
    if (this.calls.length === this.failAt) return failed('Error response from daemon: told to fail');
    const last = argv.at(-1) ?? '';
    if (program === 'docker' && verb === 'network' && noun === 'create') {
      const prefix = after(argv, '--subnet') ?? `172.${this.#next++}.0.0/16`;
      if (this.networks.has(last))
        return failed(`Error response from daemon: network with name ${last} already exists`);
      this.networks.set(last, { labels: labelsOf(argv), prefix });
    } else if (program === 'docker' && verb === 'network' && noun === 'rm') {
      for (const name of argv.slice(3)) this.networks.delete(name);
    } else if (program === 'docker' && verb === 'rm') {
      for (const name of argv.slice(4)) this.containers.delete(name);
    } else if (program === 'docker' && verb === 'run') {
      this.containers.set(after(argv, '--name') ?? '', { labels: labelsOf(argv) });
    } else if (argv.includes('kind')) {
      const name = after(argv, '--name') ?? '';
      const nodes = input.split('role: worker').length;
      for (let node = 0; node < nodes; node += 1) {
        const suffix = node === 0 ? 'control-plane' : `worker${node === 1 ? '' : node}`;
        this.containers.set(`${name}-${suffix}`, { labels: [`io.x-k8s.kind.cluster=${name}`] });
      }
    }
    return ok();
  }

  #list(argv: readonly string[]): string {
    const filter = (after(argv, '--filter') ?? '').replace(/^label=/, '');
    const all = argv.includes('network') ? this.networks : this.containers;
    return [...all]
      .flatMap(([name, { labels }]) => (filter === '' || labels.includes(filter) ? `${name}\n` : []))
      .join('');
  }

  #networkLines(): string[] {
    return [...this.networks].map(([name, { prefix }]) => `${name} ${prefix}`);
  }
}

const after = (argv: readonly string[], flag: string): string | undefined => {
  const at = argv.indexOf(flag);
  return at < 0 ? undefined : argv[at + 1];
};
const labelsOf = (argv: readonly string[]): string[] =>
  argv.flatMap((word, index) => (argv[index - 1] === '--label' ? [word] : []));
