import type { Readable } from 'node:stream';
import type { Pod, Probe } from '../../../helpers/kube/resources.ts';
import type { ContainerProcess, LogOptions } from '../api/hooks.ts';

/** What a kubelet needs of whatever runs its pods (the place of CRI). */
export interface PodRuntime {
  /**
   * Makes the sandbox (network namespace), attaches it to the network, starts the containers.
   * @throws ImageError when an image cannot be run; Error with a message for the pod's event
   */
  run(pod: Pod): Promise<RunningPod>;
}

export interface RunningPod {
  readonly address: string;
  /** Calls `handler` at each end of a container's process; `code` is undefined when a signal ended it. */
  onExit(handler: (container: string, code: number | undefined) => void): void;
  /** Starts a container again whose process has ended: same sandbox, same address. */
  restart(container: string): Promise<void>;
  /** One readiness check, from inside the sandbox. */
  check(container: string, probe: Probe): Promise<boolean>;
  /** @throws Error when there is no such container */
  exec(container: string, argv: readonly string[], options: ExecOptions): ContainerProcess;
  /** @throws Error when there is no such container, or no previous run of it */
  logs(container: string, options: LogOptions): Readable;
  /** SIGTERM, then SIGKILL after the grace period. Called again with less grace, it hurries. */
  stop(graceSeconds: number): Promise<void>;
}

export interface ExecOptions {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** An image nobody can pull here. */
export class ImageError extends Error {
  readonly container: string;

  constructor(container: string, message: string) {
    super(message);
    this.name = 'ImageError';
    this.container = container;
  }
}
