import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Executor, RunningCommand } from './exec.ts';
import { until } from './waiting.ts';

/** A capture could not show what happened: nothing may be concluded from it. */
export class CaptureFailed extends Error {
  constructor(where: string, what: string) {
    super(`capture on ${where}: ${what}`);
    this.name = 'CaptureFailed';
  }
}

export interface CapturePlan {
  readonly host: Executor;
  readonly networkInterface: string;
  /** In tcpdump's notation. */
  readonly filter: string;
  /** Where the pcap is written on this machine. */
  readonly file: string;
  /** The address of another host on the interface's segment, to send marks to. */
  readonly neighbor: string;
}

export interface Capture {
  readonly host: string;
  readonly networkInterface: string;
  readonly where: string;
  readonly file: string;
  /** Resolves when everything that happened before this call is in the file. @throws CaptureFailed */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Marks are ICMP echoes whose payload repeats these bytes and eight random ones; {@link isMark} tells them. */
const markPrefix = Buffer.from('c0ffee4d41524bff', 'hex');
const markBytes = 16;
/** ping writes the time over the first 16 bytes of its payload, which starts at offset 8 of the ICMP message. */
const markFilter = 'icmp[24:4] = 0xc0ffee4d';
const patienceMs = 10_000;

/** In immediate mode the kernel's ring has a slot of the snap length for each packet: room for 8192 of them. */
const room = ['-s', '4096', '-B', '32768'] as const;

/** Whether a frame is one of the capture's own marks. */
export function isMark(frame: Uint8Array): boolean {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).includes(markPrefix);
}

/**
 * Starts tcpdump on a host and streams its packets here. A mark sent through the interface has to come back
 * before it counts as started, and another one before it counts as stopped: so a capture that sees nothing is
 * told from a wire on which nothing happened, and nothing that did is missed.
 * @throws CaptureFailed
 */
export async function startCapture(plan: CapturePlan): Promise<Capture> {
  const { host, networkInterface, file } = plan;
  const where = `${host.name}/${networkInterface}`;
  const filter = `(${plan.filter}) or ${markFilter}`;
  const tcpdump = await host.start([
    ...['tcpdump', '-i', networkInterface, '-n', '-U', '--immediate-mode', ...room, '-w', '-', filter],
  ]);
  const said = collect(tcpdump);
  const seen = new MarkWatch();
  const written = save(tcpdump, file, seen, error => {
    throw new CaptureFailed(where, `could not be written to ${file}: ${error.message}`);
  });
  written.done.catch(() => {}); // reported by stop()
  const ended = tcpdump.exited.then(({ code }) => {
    throw new CaptureFailed(where, `tcpdump ended (${code ?? 'by a signal'}): ${said().trim()}`);
  });
  const failure = Promise.race([written.failed, ended]);
  failure.catch(() => {});

  const mark = async (): Promise<void> => {
    const id = randomBytes(markBytes - markPrefix.length);
    const pattern = Buffer.concat([markPrefix, id]);
    const arrived = seen.wait(pattern);
    const ping = [
      'ping',
      '-c',
      '1',
      '-W',
      '1',
      '-s',
      '64',
      '-I',
      networkInterface,
      '-p',
      pattern.toString('hex'),
    ];
    const end = Date.now() + patienceMs;
    while (Date.now() < end) {
      await host.exec([...ping, plan.neighbor]);
      if (await Promise.race([arrived.then(() => true), failure, setTimeout(200, false, { ref: false })]))
        return;
    }
    throw new CaptureFailed(where, `a packet sent through it was not seen within ${patienceMs / 1000} s`);
  };
  /** tcpdump answers SIGUSR1 with its counts. */
  const countDropped = async (): Promise<number> => {
    const before = said().length;
    tcpdump.signal('USR1');
    const counts = await until(
      `tcpdump on ${where} to say what it dropped`,
      patienceMs,
      async () => /(\d+) packets? dropped by kernel/.exec(said().slice(before)) ?? undefined,
    );
    return Number(counts[1]);
  };
  await mark();
  return {
    host: host.name,
    networkInterface,
    where,
    file,
    flush: async () => {
      await mark();
      await Promise.race([written.flush(), failure]);
      const dropped = await Promise.race([countDropped(), failure]);
      if (dropped > 0)
        throw new CaptureFailed(where, `the kernel dropped ${dropped} packets: it saw too many at a time`);
    },
    stop: async () => {
      tcpdump.signal('INT');
      await tcpdump.exited;
      await written.done;
    },
  };
}

function collect(command: RunningCommand): () => string {
  let text = '';
  void (async () => {
    for await (const chunk of command.stderr) text += chunk.toString();
  })();
  return () => text;
}

/** Writes what comes to a file. `flush` resolves when all that came so far is in it. */
function save(
  command: RunningCommand,
  file: string,
  seen: MarkWatch,
  onError: (error: Error) => never,
): { done: Promise<void>; failed: Promise<never>; flush(): Promise<void> } {
  const stream = createWriteStream(file);
  const failed = once(stream, 'error').then(([error]) => onError(error as Error));
  failed.catch(() => {}); // reported by whoever waits for one of the two
  const copy = async (): Promise<void> => {
    for await (const chunk of command.stdout) {
      const room = stream.write(chunk);
      seen.look(chunk);
      if (!room) await Promise.race([once(stream, 'drain'), failed]);
    }
    stream.end();
    await Promise.race([once(stream, 'finish'), failed]);
  };
  return {
    done: copy(),
    failed,
    flush: () =>
      Promise.race([
        failed,
        new Promise<void>(resolve => {
          stream.write('', () => resolve());
        }),
      ]),
  };
}

/** Looks for patterns in a stream of bytes, across its chunks. */
class MarkWatch {
  #tail: Buffer = Buffer.alloc(0);
  readonly #waiting = new Map<Buffer, () => void>();

  wait(pattern: Buffer): Promise<void> {
    return new Promise(resolve => this.#waiting.set(pattern, resolve));
  }

  look(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#tail, chunk]);
    for (const [pattern, found] of this.#waiting) {
      if (!bytes.includes(pattern)) continue;
      this.#waiting.delete(pattern);
      found();
    }
    this.#tail = bytes.subarray(-(markBytes - 1));
  }
}
