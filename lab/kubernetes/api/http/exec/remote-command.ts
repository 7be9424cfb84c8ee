import type { Readable } from 'node:stream';
import type { ContainerProcess } from '../../hooks.ts';

/** A client that runs a command in a container, whichever protocol it speaks. */
export interface RemoteClient {
  send(output: 'stdout' | 'stderr', chunk: Buffer): void;
  /** Tells how the command ended (a metav1.Status), and ends the conversation. */
  finish(status: object): void;
}

/** What a client does while its command runs. */
export interface ClientEvents {
  input(chunk: Buffer): void;
  inputEnd(): void;
  resize(message: Buffer): void;
  gone(): void;
}

/** The client's doings as the process's: from now on they reach it. */
export function eventsFor(process: ContainerProcess): ClientEvents {
  process.stdin?.on('error', () => {}); // a command need not read its input
  return {
    input: chunk => process.stdin?.write(chunk),
    inputEnd: () => process.stdin?.end(),
    resize: message => {
      const size = sizeIn(message.toString());
      if (size !== undefined) process.resize?.(size);
    },
    gone: () => process.kill?.(),
  };
}

/** Undefined when it is none: a client's slip is no reason to end the command. */
function sizeIn(message: string): { readonly width: number; readonly height: number } | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(message) as { Width: number; Height: number };
    return { width, height };
  } catch {
    return undefined;
  }
}

/** Sends what the process prints, and how it ended when all is sent. */
export async function forwardOutput(client: RemoteClient, process: ContainerProcess): Promise<void> {
  const [code] = await Promise.all([
    process.exit.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    forward(client, 'stdout', process.stdout),
    forward(client, 'stderr', process.stderr),
  ]);
  client.finish(code instanceof Error ? failure(code) : ended(code));
}

async function forward(
  client: RemoteClient,
  output: 'stdout' | 'stderr',
  from: Readable | undefined,
): Promise<void> {
  if (from === undefined) return;
  for await (const chunk of from) client.send(output, Buffer.from(chunk as Buffer));
}

function ended(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

export function failure(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  return { metadata: {}, status: 'Failure', reason: 'InternalError', message, code: 500 };
}
