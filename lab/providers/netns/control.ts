import { rmSync } from 'node:fs';
import http from 'node:http';
import type { HelmValues } from '../../contract/lab.ts';

/**
 * What the lab's own process does at the request of its clients (test workers, the command line), over a unix
 * socket in the lab's directory: POST /<method> with the arguments as a JSON array.
 */
export interface Control {
  configure(cluster: string, values: HelmValues): Promise<void>;
  stopAgents(nodes: readonly string[]): Promise<void>;
  startAgents(nodes: readonly string[]): Promise<void>;
  restartOperator(cluster: string): Promise<void>;
  upgrade(version: string): Promise<void>;
  cut(host: string, networkInterface: string): Promise<void>;
  mend(host: string, networkInterface: string): Promise<void>;
  isolate(cluster: string): Promise<void>;
  rejoin(cluster: string): Promise<void>;
  /** What of the lab itself is broken, a sentence each; empty when all is well. */
  health(): Promise<string[]>;
}

export function serveControl(socket: string, control: Control): http.Server {
  const methods: Record<string, (...args: never[]) => Promise<unknown>> = { ...control };
  const server = http.createServer(async (request, response) => {
    try {
      const method = methods[(request.url ?? '').slice(1)];
      if (method === undefined) throw new Error(`the lab has no control ${request.url}`);
      let body = '';
      for await (const chunk of request) body += chunk;
      const result = await method(...(JSON.parse(body) as never[]));
      response.end(JSON.stringify({ result }));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  rmSync(socket, { force: true });
  return server.listen(socket);
}

export function connectControl(socket: string): Control {
  const call = <T = void>(method: keyof Control, args: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      const request = http.request(
        // A connection of its own: one that was kept may be closed at the other end (EPIPE).
        { socketPath: socket, path: `/${method}`, method: 'POST', agent: false },
        async response => {
          let body = '';
          for await (const chunk of response) body += chunk;
          const answer = JSON.parse(body) as { result: T; error?: string };
          if (answer.error === undefined) resolve(answer.result);
          else reject(new Error(`lab control ${method}(${args.join(', ')}): ${answer.error}`));
        },
      );
      request.on('error', error =>
        reject(new Error(`lab control ${method}: the lab does not answer at ${socket} (${error.message})`)),
      );
      request.end(JSON.stringify(args));
    });
  return {
    configure: (...args) => call('configure', args),
    stopAgents: (...args) => call('stopAgents', args),
    startAgents: (...args) => call('startAgents', args),
    restartOperator: (...args) => call('restartOperator', args),
    upgrade: (...args) => call('upgrade', args),
    cut: (...args) => call('cut', args),
    mend: (...args) => call('mend', args),
    isolate: (...args) => call('isolate', args),
    rejoin: (...args) => call('rejoin', args),
    health: () => call('health', []),
  };
}
