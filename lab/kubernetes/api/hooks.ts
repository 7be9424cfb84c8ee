import type { Readable, Writable } from 'node:stream';
import type { Pod } from '../../../helpers/kube/resources.ts';

/** A command running in a container, as the kubelet's streams. */
export interface ContainerProcess {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  /** Absent with a terminal: everything comes on stdout. */
  readonly stderr: Readable | undefined;
  /** Resolves with the exit code. A rejection is reported to the client as an internal error. */
  readonly exit: Promise<number>;
  /** The client's terminal changed its size. */
  resize?(size: { readonly width: number; readonly height: number }): void;
  /** The client went away. */
  kill?(): void;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines: number | undefined;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds: number | undefined;
}

/** What the API server asks a node's kubelet for. */
export interface KubeletHooks {
  /** @throws Error when the container does not run */
  exec(
    pod: Pod,
    container: string,
    argv: readonly string[],
    options: { readonly tty: boolean; readonly stdin: boolean },
  ): Promise<ContainerProcess>;
  /** Ends when the log does; with `follow`, when the container does or the stream is destroyed. */
  logs(pod: Pod, container: string, options: LogOptions): Promise<Readable>;
}
