import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DsrPackets, dsrPackets } from './analyses.ts';
import * as build from './build.ts';
import { IpProtocol } from './ipv4.ts';
import { TSHARK_OPTIONS, tsharkVersion } from './oracle.ts';
import { analyse } from './parse.ts';
import { Random } from './random.ts';
import { type PacketToWrite, writeCapture } from './writer.ts';

// npm run bench: "which Geneve packets carry the DSR option, for which service, from which client?" asked of one
// generated capture, by tshark with the same filter and by us: as a process of its own, start of Node and loading of
// TypeScript included, and as a test asks, by analyse() in a running process. Prints JSON.

const MEGABYTES = 100;
const RUNS = 5;
const run = promisify(execFile);

interface Measured {
  readonly seconds: number;
  /** Peak resident set of the process in MiB. */
  readonly peakMb: number;
  readonly found: number;
}

if (process.argv[2] === '--analyse') {
  const { packets }: DsrPackets = await dsrPackets(process.argv[3] ?? '');
  const clients = new Set(packets.map(({ client, service }) => `${client.address} ${service.address}`));
  const peakMb = await peak('self');
  console.log(JSON.stringify({ found: packets.length, pairs: clients.size, peakMb }));
} else if (process.argv[2] === '--ask') {
  const runs: Measured[] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await measureAnalyse(process.argv[3] ?? ''));
  console.log(JSON.stringify(runs));
} else {
  await compare();
}

async function compare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-bench-'));
  try {
    const file = join(directory, 'large.pcap');
    const written = await generate(file);
    const ours: Measured[] = [];
    const asked = await ourselves<readonly Measured[]>('--ask', file);
    const theirs: Measured[] = [];
    const version = await tsharkVersion();
    for (let i = 0; i < RUNS; i++) {
      ours.push(await measureOurs(file));
      if (version !== undefined) theirs.push(await measureTshark(file));
    }
    const agree = [...ours, ...asked, ...theirs].every(({ found }) => found === written.withOption);
    const tshark = version === undefined ? undefined : { version, ...summary(theirs) };
    const against = (measured: readonly Measured[]): object => {
      const mine = summary(measured);
      if (tshark === undefined) return mine;
      return { ...mine, timesFasterThanTshark: round(tshark.medianSeconds / mine.medianSeconds) };
    };
    const result = {
      capture: written,
      runs: RUNS,
      ownProcess: against(ours),
      analyse: against(asked),
      tshark,
      agree,
    };
    console.log(JSON.stringify(result, null, 2));
    if (!agree) process.exitCode = 1;
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

/** Runs this file as a process of its own, which prints one JSON value. */
async function ourselves<T>(mode: '--analyse' | '--ask', file: string): Promise<T> {
  const argv = ['--import', 'tsx', fileURLToPath(import.meta.url), mode, file];
  const { stdout } = await run(process.execPath, argv, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  return JSON.parse(stdout) as T;
}

async function measureOurs(file: string): Promise<Measured> {
  const started = performance.now();
  const { found, peakMb } = await ourselves<{ found: number; peakMb: number }>('--analyse', file);
  return { seconds: (performance.now() - started) / 1000, peakMb, found };
}

/** The first of several runs starts the worker thread. */
async function measureAnalyse(file: string): Promise<Measured> {
  const started = performance.now();
  const { packets } = await analyse<DsrPackets>(
    file,
    new URL('./analyses.ts', import.meta.url),
    'dsrPackets',
  );
  const seconds = (performance.now() - started) / 1000;
  return { seconds, peakMb: await peak('self'), found: packets.length };
}

/** Peak resident set of a process so far, in MiB; 0 when it is gone. */
async function peak(pid: number | 'self'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function measureTshark(file: string): Promise<Measured> {
  const started = performance.now();
  const filter = 'geneve.option.class == 0x014b && geneve.option.type == 0x81';
  const fields = ['geneve.option.unknown.data', 'ip.src', 'tcp.srcport'].flatMap(field => ['-e', field]);
  const child = run('tshark', [...TSHARK_OPTIONS, '-r', file, '-Y', filter, '-T', 'fields', ...fields], {
    maxBuffer: 1 << 28,
  });
  // tshark does not tell its peak; the kernel does, as long as it lives.
  let peakMb = 0;
  const timer = setInterval(() => {
    if (child.child.pid === undefined) return;
    void peak(child.child.pid).then(seen => {
      peakMb = Math.max(peakMb, seen);
    });
  }, 20);
  try {
    const { stdout } = await child;
    const seconds = (performance.now() - started) / 1000;
    return { seconds, peakMb, found: stdout.split('\n').length - 1 };
  } finally {
    clearInterval(timer);
  }
}

function summary(runs: readonly Measured[]): {
  medianSeconds: number;
  medianPeakMb: number;
  seconds: readonly number[];
} {
  return {
    medianSeconds: round(median(runs.map(({ seconds }) => seconds))),
    medianPeakMb: Math.round(median(runs.map(({ peakMb }) => peakMb))),
    seconds: runs.map(({ seconds }) => round(seconds)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
