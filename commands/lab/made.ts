import { provisionBaseline } from '../../lab/baseline.ts';
import { systemLabel } from '../../lab/contract/lab.ts';
import { type MadeProviderName, madeProvider } from '../../lab/providers/made.ts';
import { drawStatus } from './status.ts';

/** The command line's `up`, `down`, `status` and `gc` for labs of containers and virtual machines: one of each topology. */
export async function madeLabCommand(
  provider: MadeProviderName,
  command: string | undefined,
  topology: string,
): Promise<void> {
  switch (command) {
    case 'up':
      return up(provider, topology);
    case 'down':
      await (await madeProvider(provider)).takeDown(topology);
      return console.log(`the ${provider} lab ${topology} is down`);
    case 'status':
      return status(provider, topology);
    case 'gc':
      return gc(provider);
    default:
      throw new Error(
        `LAB=${provider} has up, down, status and gc; ${command === 'shell' ? '`up` says how to get into its machines' : `not ${command}`}`,
      );
  }
}

async function up(name: MadeProviderName, topology: string): Promise<void> {
  const provider = await madeProvider(name);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  const running = await provider.start(
    { slot: 0, topology, version: '', faults: [] },
    { name: topology, keep: true, signal: interrupted.signal, onProgress: line => console.log(line) },
  );
  const lab = await provider.open(running.name);
  await provisionBaseline(lab);
  const label = systemLabel(lab.system);
  await lab.close();
  console.log(
    [
      `the ${name} lab ${topology} ${running.how}; system under test: ${label}`,
      '',
      ...provider.waysIn(topology).map(line => `  ${line}`),
      '',
      `Runs with LAB=${name} use it, and leave it. End it with: ${running.endedBy}`,
    ].join('\n'),
  );
}

async function status(name: MadeProviderName, topology: string): Promise<void> {
  const lab = await (await madeProvider(name)).open(topology);
  console.log(await drawStatus(topology, lab));
  await lab.close();
}

async function gc(name: MadeProviderName): Promise<void> {
  const provider = await madeProvider(name);
  const removed: string[] = [];
  for (const topology of ['bgp', 'mesh']) if (await provider.sweep(topology)) removed.push(topology);
  console.log(removed.length === 0 ? 'nothing to remove' : `removed: ${removed.join(', ')}`);
}
