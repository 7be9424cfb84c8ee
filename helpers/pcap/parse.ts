import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';

/** What the worker is asked. */
export interface Order {
  readonly file: string;
  readonly moduleUrl: string;
  readonly analysisName: string;
  readonly args: unknown;
}

/** What it returns. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly capture: {
        readonly code: CaptureErrorCode;
        readonly offset: number;
        readonly packetsBefore: number;
        readonly reason: string;
      };
    }
  | { readonly ok: false; readonly message: string; readonly stack: string | undefined };

/** Worker threads that wait for the next order. Starting one takes longer than searching 100 MB. */
const idle: Worker[] = [];

function takeWorker(): Worker {
  const waiting = idle.pop();
  if (waiting !== undefined) {
    waiting.ref();
    return waiting;
  }
  // Loaders of the main thread stay there.
  return new Worker(new URL('./worker.mjs', import.meta.url), { execArgv: [] });
}

/**
 * Runs `analysisName(file, args)` of a module in a thread of its own, so that long synchronous work never holds up
 * timeouts. Arguments and answer are copied between threads: plain data only. Ends the thread on abort; otherwise it
 * waits for the next analysis, without keeping the process alive.
 *
 * `const { packets } = await analyse<DsrPackets>(file, new URL('./analyses.ts', import.meta.url), 'dsrPackets');`
 * @throws CaptureError as the analysis threw it; Error for anything else
 */
export async function analyse<T>(
  file: string,
  module: URL,
  analysisName: string,
  args?: unknown,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const order: Order = { file, moduleUrl: module.href, analysisName, args };
  const answer = await ask(takeWorker(), order, signal);
  if (answer.ok) return answer.value as T;
  if ('capture' in answer) {
    const { code, offset, packetsBefore, reason } = answer.capture;
    throw new CaptureError(code, file, offset, packetsBefore, reason);
  }
  const error = new Error(`${analysisName} of ${file}: ${answer.message}`);
  if (answer.stack !== undefined) error.stack = answer.stack;
  throw error;
}

async function ask(worker: Worker, order: Order, signal: AbortSignal | undefined): Promise<Answer> {
  const done = new AbortController();
  const until = { signal: done.signal };
  const answered = once(worker, 'message', until); // rejects on 'error' too
  const ended = once(worker, 'exit', until).then(([code]) => {
    const what = `the analysis ${order.analysisName} of ${order.file} ended with code ${code} and no answer`;
    throw signal?.reason instanceof Error ? signal.reason : new Error(what);
  });
  ended.catch(() => {});
  const abort = (): void => void worker.terminate();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    worker.postMessage(order);
    const [answer]: Answer[] = await Promise.race([answered, ended]);
    if (answer === undefined) throw new Error(`the analysis ${order.analysisName} answered nothing`);
    worker.unref();
    idle.push(worker);
    return answer;
  } finally {
    signal?.removeEventListener('abort', abort);
    answered.catch(() => {});
    done.abort();
  }
}
