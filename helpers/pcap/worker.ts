import { parentPort } from 'node:worker_threads';
import { CaptureError } from './capture-error.ts';
import type { Answer, Order } from './parse.ts';

// The other end of `analyse` in parse.ts: for each order loads the module, runs the analysis, answers once. It is
// started by worker.mjs.

/** Where a module can be loaded from. */
export type Locate = (moduleUrl: string) => Promise<string>;

async function run(order: Order, locate: Locate): Promise<Answer> {
  try {
    const module: Record<string, unknown> = await import(await locate(order.moduleUrl));
    const analysis = module[order.analysisName];
    if (typeof analysis !== 'function') {
      throw new TypeError(`${order.moduleUrl} exports no function ${order.analysisName}`);
    }
    return { ok: true, value: await analysis(order.file, order.args) };
  } catch (error) {
    if (error instanceof CaptureError) {
      const { code, offset, packetsBefore, reason } = error;
      return { ok: false, capture: { code, offset, packetsBefore, reason } };
    }
    const known = error instanceof Error;
    return {
      ok: false,
      message: known ? error.message : String(error),
      stack: known ? error.stack : undefined,
    };
  }
}

export function serve(locate: Locate): void {
  parentPort?.on(
    'message',
    (order: Order) => void run(order, locate).then(answer => parentPort?.postMessage(answer)),
  );
}
