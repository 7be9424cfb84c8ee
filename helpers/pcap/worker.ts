import { parentPort } from 'node:worker_threads';
import { CaptureError } from './capture-error.ts';
import type { Answer, Order } from './parse.ts';

// The other end of `analyse` in parse.ts: for each order loads the module, runs the analysis, answers once.

async function run(order: Order): Promise<Answer> {
  try {
    const module: Record<string, unknown> = await import(order.moduleUrl);
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

parentPort?.on('message', (order: Order) => void run(order).then(answer => parentPort?.postMessage(answer)));
