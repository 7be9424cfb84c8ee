import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DsrPackets } from './analyses.ts';
import * as build from './build.ts';
import { IpProtocol } from './ipv4.ts';
import { TSHARK_OPTIONS, tsharkVersion } from './oracle.ts';
import { analyse } from './parse.ts';
import { Random } from './random.ts';
import { type PacketToWrite, writeCapture } from './writer.ts';

/**
 * "Which Geneve packets carry the DSR option, for which service, from which client?", asked of one generated capture: of
 * tshark with the same filter; of us as a process of its own (`npm run dsr`), the start of Node included; and of us as a
 * test asks, by analyse() in a running process.
 */
export interface CaptureBench {
  readonly capture: { readonly bytes: number; readonly packets: number; readonly withOption: number };
  readonly ownProcess: Measured;
  /** Its memory is that of the process it runs in. */
  readonly analyse: Pick<Measured, 'seconds'>;
  /** Undefined where there is no tshark. */
  readonly tshark: (Measured & { readonly version: string }) | undefined;
}

export interface Measured {
  /** Of each run, in the order they were made. */
  readonly seconds: readonly number[];
  /** Peak resident set of the process in MiB, of each run. */
  readonly peakMb: readonly number[];
}

interface Run {
  readonly seconds: number;
  readonly peakMb: number;
  readonly found: number;
}

const MEGABYTES = 100;
const run = promisify(execFile);
const command = fileURLToPath(new URL('./dsr.mjs', import.meta.url));
const analyses = new URL('./analyses.ts', import.meta.url);

/** @throws Error when the answers differ: then their times cannot be compared */
export async function benchCaptures(runs: number): Promise<CaptureBench> {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-bench-'));
  try {
    const file = join(directory, 'large.pcap');
    const capture = await generate(file);
    await run(process.execPath, [command, file], { maxBuffer: 1 << 28 }); // compiles the decoders
    const ours: Run[] = [];
    const asked: number[] = [];
    const theirs: Run[] = [];
    const version = await tsharkVersion();
    // In turn, so that a machine that is busy for a while is so for all.
    for (let i = 0; i < runs; i++) {
      ours.push(await measureProcess(process.execPath, [command, file]));
      asked.push(await measureAnalyse(file, capture.withOption));
      if (version !== undefined) theirs.push(await measureProcess('tshark', tsharkArguments(file)));
    }
    for (const { found } of [...ours, ...theirs]) checkFound(found, capture.withOption);
    return {
      capture,
      ownProcess: measured(ours),
      analyse: { seconds: asked },
      tshark:
        version === undefined ? undefined : { version: version.replace(/ \(.*/, ''), ...measured(theirs) },
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Uploads through Geneve, one option a connection, among ordinary traffic. */
async function generate(file: string): Promise<{ bytes: number; packets: number; withOption: number }> {
  const random = new Random(4);
  const counted = { bytes: 24, packets: 0, withOption: 0 };
  const service = { address: '172.16.1.1', port: 80 };
  const nodes = { source: '192.168.10.100', destination: '192.168.20.100' };
  function* packets(): Generator<PacketToWrite> {
    while (counted.bytes < MEGABYTES * 1_000_000) {
      const syn = random.percent(2);
      const ports = { sourcePort: 20_000 + random.below(40_000), destinationPort: 80 };
      const data = new Uint8Array(syn ? 0 : random.below(1300));
      const segment = build.tcp(data, { ...ports, flags: syn ? 0x02 : 0x10, sequence: random.u32() });
      const source = `10.10.1.${1 + random.below(250)}`;
      const inner = build.ethernet(
        build.ipv4(segment, { protocol: IpProtocol.tcp, source, destination: '172.20.2.7' }),
      );
      const tunnelled = syn || random.percent(50);
      const frame = tunnelled ? build.geneveFrame(inner, syn ? { ...nodes, service } : nodes) : inner;
      counted.bytes += 16 + frame.length;
      counted.packets++;
      if (syn) counted.withOption++;
      yield { timestampUs: counted.packets * 10, frame };
    }
  }
  await writeCapture(file, packets());
  return counted;
}

/** The same question in tshark's words. */
function tsharkArguments(file: string): string[] {
  const filter = 'geneve.option.class == 0x014b && geneve.option.type == 0x81';
  const fields = ['geneve.option.unknown.data', 'ip.src', 'tcp.srcport'].flatMap(field => ['-e', field]);
  return [...TSHARK_OPTIONS, '-r', file, '-Y', filter, '-T', 'fields', ...fields];
}

/** Runs a program that prints a line for each packet it found. */
async function measureProcess(program: string, argv: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = run(program, argv, { maxBuffer: 1 << 28 });
  // Programs do not tell their peak; the kernel does, as long as they live.
  let peakMb = 0;
  const timer = setInterval(() => {
    if (child.child.pid === undefined) return;
    void peak(child.child.pid).then(seen => {
      peakMb = Math.max(peakMb, seen);
    });
  }, 10);
  try {
    const { stdout } = await child;
    return { seconds: (performance.now() - started) / 1000, peakMb, found: stdout.split('\n').length - 1 };
  } finally {
    clearInterval(timer);
  }
}

/** In seconds. The first of several runs starts the worker thread. */
async function measureAnalyse(file: string, wanted: number): Promise<number> {
  const started = performance.now();
  const { packets } = await analyse<DsrPackets>(file, analyses, 'dsrPackets');
  checkFound(packets.length, wanted);
  return (performance.now() - started) / 1000;
}

function checkFound(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} packets with the option were found of ${wanted}`);
}

/** Peak resident set of a process so far, in MiB; 0 when it is gone. */
async function peak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function measured(runs: readonly Run[]): Measured {
  return { seconds: runs.map(({ seconds }) => seconds), peakMb: runs.map(({ peakMb }) => peakMb) };
}
