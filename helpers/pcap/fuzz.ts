import { parseArgs } from 'node:util';
import { decodeBgpMessage } from './bgp/message.ts';
import { BgpReader } from './bgp/session.ts';
import { decodeFrame } from './frame.ts';
import { mutated, randomFrame } from './generate.ts';
import { askTshark, disagreement, tsharkVersion } from './oracle.ts';
import { hasDsrOption, isGeneve } from './predicates.ts';
import { Random } from './random.ts';
import { CaptureError, readCapture } from './reader.ts';
import { seedMessages } from './seeds.ts';
import { captureBytes } from './writer.ts';

// npm run fuzz: tsx helpers/pcap/fuzz.ts [--frames N] [--inputs N] [--seed N]
// First generated and mutated frames against tshark, field by field; then mutated inputs to every decoder and the
// reader: none may throw anything but a CaptureError, none may take long. Exit code 1 on any finding.

/** No input is longer than a few kilobytes: one that takes the processor this long, in ms, is on its way to a hang. */
const LONGEST_MS = 500;
const CHUNK = 10_000;
const SHOWN = 10;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '50000' },
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '20250701' },
  },
});
const [frames, inputs, seed] = [values.frames, values.inputs, values.seed].map(Number);
if (
  frames === undefined ||
  inputs === undefined ||
  seed === undefined ||
  Number.isNaN(frames + inputs + seed)
) {
  throw new Error('--frames, --inputs and --seed take numbers');
}

console.log(`seed ${seed}: repeat a finding with --seed ${seed}`);
const findings = (await againstTshark(frames, seed)) + (await mutatedInputs(inputs, seed));
process.exitCode = findings === 0 ? 0 : 1;

async function againstTshark(count: number, from: number): Promise<number> {
  const version = await tsharkVersion();
  if (version === undefined) {
    console.log('oracle: skipped, tshark is not installed (apt-get install tshark)');
    return 0;
  }
  const random = new Random(from);
  let disagreements = 0;
  let whole = 0;
  for (let done = 0; done < count; ) {
    const batch = Array.from({ length: Math.min(CHUNK, count - done) }, () => {
      const frame = randomFrame(random);
      return random.percent(60) ? mutated(random, frame) : frame;
    });
    const answers = await askTshark(batch);
    for (const [i, frame] of batch.entries()) {
      const answer = answers[i];
      if (answer === undefined) continue;
      const why = disagreement(decodeFrame(frame), answer);
      if (answer.trouble === '') whole++;
      if (why === undefined) continue;
      if (++disagreements > SHOWN) continue;
      console.log(
        `  frame ${done + i}: ${why} [${answer.trouble}]\n    ${Buffer.from(frame).toString('hex')}`,
      );
    }
    done += batch.length;
    console.log(`oracle: ${done} of ${count} frames, ${disagreements} disagreements`);
  }
  console.log(
    `oracle: ${version}: ${count} frames (${whole} of them without fault), ${disagreements} disagreements`,
  );
  return disagreements;
}

async function mutatedInputs(count: number, from: number): Promise<number> {
  const random = new Random(from + 1);
  const started = performance.now();
  let failures = 0;
  let slowest = 0;
  for (let i = 0; i < count; i++) {
    const kind = i % 50 === 0 ? 'capture' : i % 4 === 0 ? 'bgp' : 'frame';
    const input = inputFor(kind, random);
    // The processor's time: on a busy machine others take that of the clock.
    const before = process.cpuUsage();
    try {
      if (kind === 'capture') await readAll(input);
      else if (kind === 'bgp') tryBgp(input);
      else tryFrame(input);
    } catch (error) {
      failures++;
      if (failures <= SHOWN) console.log(`  input ${i} (${kind}): ${String(error)}\n    ${hexOf(input)}`);
    }
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    slowest = Math.max(slowest, took);
    if (took > LONGEST_MS) {
      failures++;
      console.log(`  input ${i} (${kind}): took ${took.toFixed(0)} ms\n    ${hexOf(input)}`);
    }
    if ((i + 1) % 100_000 === 0) console.log(`inputs: ${i + 1} of ${count}, ${failures} failures`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`inputs: ${count} in ${seconds} s, ${failures} failures, slowest ${slowest.toFixed(1)} ms`);
  return failures;
}

function inputFor(kind: 'capture' | 'bgp' | 'frame', random: Random): Uint8Array {
  if (kind === 'frame') return mutated(random, randomFrame(random));
  if (kind === 'bgp') {
    const [first, ...rest] = seedMessages;
    return mutated(random, mutated(random, random.pick(first, ...rest)));
  }
  const packets = Array.from({ length: 1 + random.below(5) }, (_, i) => ({
    timestampUs: i,
    frame: randomFrame(random),
  }));
  return mutated(random, captureBytes(packets));
}

function tryFrame(bytes: Uint8Array): void {
  decodeFrame(bytes, bytes.length % 7 === 0 ? 113 : bytes.length % 11 === 0 ? 276 : 1);
  decodeFrame(bytes);
  isGeneve(bytes, 0, bytes.length, 1);
  hasDsrOption(bytes, 0, bytes.length, 1);
}

function tryBgp(bytes: Uint8Array): void {
  decodeBgpMessage(bytes);
  decodeBgpMessage(bytes, 0, bytes.length, { asWidth: 2 });
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const bgp = new BgpReader();
  try {
    for await (const packet of readCapture(bytes)) bgp.add(packet);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
  bgp.end();
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').slice(0, 400);
}
