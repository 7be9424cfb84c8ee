import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Container } from '../../../../helpers/kube/resources.ts';
import { podUid } from './deployment.ts';

/** Where a container of the mesh API finds what it is given. Directories and files of this machine. */
export interface ContainerParts {
  readonly programs: { readonly apiserver: string; readonly etcd: string };
  /** By the volume's name. */
  readonly volumes: Readonly<Record<string, string>>;
  /** The service account's files. */
  readonly account: string;
  /** A directory to keep mount points in. */
  readonly scratch: string;
  /** Where a pod finds the Kubernetes API. */
  readonly apiServer: { readonly host: string; readonly port: number };
}

/** clustermesh-apiserver/etcd-config.yaml, which the image has at this place. */
export const ownEtcdConfig = [
  '---',
  'trusted-ca-file: /var/lib/cilium/etcd-secrets/ca.crt',
  'key-file: /var/lib/cilium/etcd-secrets/tls.key',
  'cert-file: /var/lib/cilium/etcd-secrets/tls.crt',
  'endpoints:',
  '- https://127.0.0.1:2379',
  '',
].join('\n');

/** In the image; etcdinit has etcd's written into it. */
const places = { apiserver: '/usr/bin/clustermesh-apiserver', etcd: '/usr/bin/etcd' } as const;
const serviceAccount = '/run/secrets/kubernetes.io/serviceaccount';

/**
 * The command line that does in a pod's sandbox what a container runtime does for this container. Its programs need
 * nothing of their image but themselves, at the places where they look for each other.
 */
export function commandOf(container: Container, uid: string, parts: ContainerParts): string[] {
  const { programs, volumes, account, scratch, apiServer } = parts;
  const mounts = [
    { from: account, to: serviceAccount },
    ...(container.volumeMounts ?? []).map(({ name, mountPath }) => {
      const from = volumes[name];
      if (from === undefined) throw new Error(`container ${container.name}: there is no volume ${name}`);
      return { from, to: mountPath.replace(/^\/var\/run\//, '/run/') };
    }),
  ];
  // A program that is where it is looked for stays there.
  const brought = Object.entries(places).flatMap(([name, place]) =>
    programs[name as keyof typeof places] === place
      ? []
      : [{ from: programs[name as keyof typeof places], to: place }],
  );
  mkdirSync(path.join(scratch, 'bin'), { recursive: true });
  for (const { to } of brought) writeFileSync(path.join(scratch, 'bin', path.basename(to)), '');
  writeFileSync(path.join(scratch, 'etcd-config.yaml'), ownEtcdConfig);
  // Put together beside, then in place of the machine's: what is bound may itself lie below /run or /var/lib.
  const script = [
    'mount -t tmpfs -o mode=755 tmpfs /mnt',
    'mkdir -p /mnt/run/cilium /mnt/var/lib/cilium',
    ...mounts.flatMap(({ from, to }) => [`mkdir -p '/mnt${to}'`, `mount --bind '${from}' '/mnt${to}'`]),
    `cp '${scratch}/etcd-config.yaml' /mnt/var/lib/cilium/`,
    `cd '${scratch}'`,
    'mount -t overlay -o lowerdir=bin:/usr/bin overlay /usr/bin',
    'cd /',
    ...brought.map(({ from, to }) => `mount --bind '${from}' '${to}'`),
    'mount --rbind /mnt/var/lib /var/lib',
    'mount --rbind /mnt/run /run',
    'exec "$@"',
  ];
  const argv = [...(container.command ?? []), ...(container.args ?? [])];
  return [
    ...['unshare', '--mount', 'sh', '-euc', script.join('\n'), container.name],
    ...['env', `KUBERNETES_SERVICE_HOST=${apiServer.host}`, `KUBERNETES_SERVICE_PORT=${apiServer.port}`],
    // Below /tmp in the image; here that is the machine's.
    'GOPS_CONFIG_DIR=/run/gops',
    ...argv.map(word => word.replaceAll(podUid, uid)),
  ];
}
