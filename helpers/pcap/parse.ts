import { Worker } from 'node:worker_threads';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';

/** What the worker is asked. */
export interface Order {
  readonly file: string;
  readonly moduleUrl: string;
  readonly analysisName: string;
  readonly args: unknown;
}

/** What it answers. */
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

/**
 * Runs `analysisName(file, args)` of a module in a thread of its own, so that long synchronous work never holds up
 * timeouts. Arguments and answer are copied between threads: plain data only. Ends the thread on abort.
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
  options.signal?.throwIfAborted();
  const order: Order = { file, moduleUrl: module.href, analysisName, args };
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: order,
    // Loaders of the main thread stay there.
    execArgv: [],
  });
  const abort = (): void => void worker.terminate();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', code => {
        const why: unknown = options.signal?.reason;
        const what = `the analysis ${analysisName} of ${file} ended with code ${code} and no answer`;
        reject(why instanceof Error ? why : new Error(what));
      });
    });
    if (answer.ok) return answer.value as T;
    if ('capture' in answer) {
      const { code, offset, packetsBefore, reason } = answer.capture;
      throw new CaptureError(code, file, offset, packetsBefore, reason);
    }
    const error = new Error(`${analysisName} of ${file}: ${answer.message}`);
    if (answer.stack !== undefined) error.stack = answer.stack;
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
