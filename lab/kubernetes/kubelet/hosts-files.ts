import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { services } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import { workQueue } from '../controllers/queue.ts';

/** The pods' `/etc/hosts`, which also stand in for the cluster's DNS: services answer to their names there. */
export interface HostsFiles {
  /** Keeps a pod's file up to date. Returns a function that stops it. */
  keep(
    file: string,
    pod: {
      readonly namespace: string;
      readonly hostname: string;
      readonly address: string;
      /** Its own `hostAliases`. */
      readonly aliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
    },
  ): () => void;
  stop(): void;
}

type Entry = Parameters<HostsFiles['keep']>[1];

export function startHostsFiles(kube: KubeClient, log: (line: string) => void): HostsFiles {
  const kept = new Map<string, Entry>();
  const queue = workQueue(
    () => {
      for (const [file, pod] of kept) rewrite(file, hostsOf(kube, pod));
    },
    line => log(`hosts files: ${line}`),
  );
  const stopWatch = kube.watch(services, () => queue.add('services'));
  return {
    keep: (file, pod) => {
      kept.set(file, pod);
      writeFileSync(file, hostsOf(kube, pod));
      return () => kept.delete(file);
    },
    stop: () => {
      stopWatch();
      queue.stop();
    },
  };
}

/** As kube-dns names them: `name` in the pod's own namespace, `name.namespace` and longer everywhere. */
function hostsOf(kube: KubeClient, { namespace, hostname, address, aliases = [] }: Entry): string {
  const names = kube.list(services).flatMap(({ metadata, spec }) => {
    const ip = spec.clusterIP ?? '';
    if (ip === '' || ip === 'None') return [];
    const long = `${metadata.name}.${metadata.namespace}`;
    const short = metadata.namespace === namespace ? [metadata.name] : [];
    return [`${ip} ${[...short, long, `${long}.svc`, `${long}.svc.cluster.local`].join(' ')}`];
  });
  const own = aliases.map(({ ip, hostnames }) => `${ip} ${hostnames.join(' ')}`);
  return [
    ...['127.0.0.1 localhost', '::1 localhost ip6-localhost', `${address} ${hostname}`],
    ...[...own, ...names, ''],
  ].join('\n');
}

/** In place, since the file is what is mounted; written before it is cut, so that no reader finds it empty. */
function rewrite(file: string, content: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    ftruncateSync(descriptor, writeSync(descriptor, content, 0));
  } finally {
    closeSync(descriptor);
  }
}
