import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Container, Pod } from '../../../helpers/kube/resources.ts';
import { ImageError } from './pod-runtime.ts';
import { whoamiConfig } from './whoami.ts';

/** What runs in a container's place. */
export interface Program {
  readonly argv: readonly string[];
  /** A file the program makes once it serves. Without one it counts as started at once. */
  readonly readyFile?: string;
  /** SIGTERM by default. */
  readonly stopSignal?: 'SIGTERM' | 'SIGKILL';
}

/** Images of tools: their programs are the host's own, run inside the pod's namespaces. */
const tools: Readonly<Record<string, { entrypoint: readonly string[]; command: readonly string[] }>> = {
  'nicolaka/netshoot': { entrypoint: [], command: ['sh'] },
  'curlimages/curl': { entrypoint: ['curl'], command: ['--help'] },
  busybox: { entrypoint: [], command: ['sh'] },
  'reference-etcd': { entrypoint: ['etcd'], command: [] },
  'registry.k8s.io/pause': { entrypoint: ['sleep', 'infinity'], command: [] },
};

const whoami = 'traefik/whoami';

export const runnableImages: readonly string[] = [whoami, ...Object.keys(tools)];

/** An image's name without default registry, tag and digest: `docker.io/library/busybox:1.36` → `busybox`. */
export function repositoryOf(image: string): string {
  return image
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
}

/** @throws ImageError */
export function requireImage(container: Container): string {
  const repository = repositoryOf(container.image);
  if (runnableImages.includes(repository)) return repository;
  throw new ImageError(
    container.name,
    `Failed to pull image "${container.image}": the embedded lab pulls no images; it can run ${runnableImages.join(', ')}`,
  );
}

/**
 * The program to run for a container, its files written to `directory`.
 * @throws ImageError, or Error when its arguments make no sense
 */
export function programFor(container: Container, directory: string): Program {
  const repository = requireImage(container);
  if (repository === whoami) return serveWhoami(container, directory);
  const { entrypoint, command } = tools[repository] ?? { entrypoint: [], command: [] };
  // Kubernetes' rule: a command replaces both, arguments alone replace the image's.
  return {
    argv:
      container.command === undefined || container.command.length === 0
        ? [...entrypoint, ...(container.args ?? command)]
        : [...container.command, ...(container.args ?? [])],
  };
}

function serveWhoami(container: Container, directory: string): Program {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const config = path.join(directory, 'nginx.conf');
  writeFileSync(config, whoamiConfig(container, directory));
  // nginx writes its pid file after it has bound its sockets.
  return {
    argv: ['nginx', '-p', directory, '-e', 'stderr', '-c', config],
    readyFile: path.join(directory, 'nginx.pid'),
    // whoami has no handler for SIGTERM and dies of it at once; nginx may miss one that comes while it starts.
    stopSignal: 'SIGKILL',
  };
}

/** Pods of the system under test: they are objects only, what they stand for is started by the system itself. */
export function managedRole(pod: Pod): 'agent' | 'operator' | undefined {
  const { labels } = pod.metadata;
  if (labels?.['k8s-app'] === 'cilium') return 'agent';
  return labels?.name === 'cilium-operator' ? 'operator' : undefined;
}
