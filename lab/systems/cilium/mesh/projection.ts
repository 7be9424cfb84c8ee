import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { configMaps, secrets } from '../../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { workQueue } from '../../../kubernetes/controllers/queue.ts';
import { meshNamespace } from '../../mesh/objects.ts';

/** One object of a projected volume. */
export interface Source {
  readonly kind: 'secret' | 'configMap';
  readonly name: string;
  /** Which keys, and the names of their files; without it every key is a file of its name. */
  readonly items?: Readonly<Record<string, string>>;
}

const pair = (name: string, prefix: string): Source => ({
  kind: 'secret',
  name,
  items: {
    'tls.key': `${prefix}.key`,
    'tls.crt': `${prefix}.crt`,
    'ca.crt': prefix === 'tls' ? 'ca.crt' : `${prefix}-ca.crt`,
  },
});

/** What the chart projects into the agents' and the mesh API's volumes, by their names there. */
export const projections = {
  'clustermesh-secrets': [
    { kind: 'secret', name: 'cilium-clustermesh' },
    pair('clustermesh-apiserver-remote-cert', 'common-etcd-client'),
    pair('clustermesh-apiserver-local-cert', 'local-etcd-client'),
  ],
  'kvstoremesh-secrets': [
    { kind: 'secret', name: 'cilium-kvstoremesh' },
    pair('clustermesh-apiserver-remote-cert', 'common-etcd-client'),
  ],
  'etcd-server-secrets': [pair('clustermesh-apiserver-server-cert', 'tls')],
  'etcd-admin-client': [pair('clustermesh-apiserver-admin-cert', 'tls')],
  'etcd-users-config': [{ kind: 'configMap', name: 'clustermesh-remote-users' }],
  'ip-masq-agent': [{ kind: 'configMap', name: 'ip-masq-agent', items: { config: 'ip-masq-agent' } }],
} as const satisfies Readonly<Record<string, readonly Source[]>>;

export type Projection = keyof typeof projections;

/** A volume's source in a pod's spec. */
export const volumeSource = ({ kind, name, items }: Source): Record<string, unknown> => ({
  [kind]: {
    name,
    ...(items === undefined
      ? { optional: true }
      : { items: Object.entries(items).map(([key, file]) => ({ key, path: file })) }),
  },
});

/** A file's content by its name. */
export type Files = Readonly<Record<string, string>>;

/** What a projected volume holds now. An object that is not there gives no files. */
export function filesOf(kube: KubeClient, sources: readonly Source[]): Files {
  return Object.assign(
    {},
    ...sources.map(({ kind, name, items }): Files => {
      const data =
        kind === 'configMap'
          ? (kube.get(configMaps, name, meshNamespace)?.data ?? {})
          : decoded(kube.get(secrets, name, meshNamespace)?.data ?? {});
      if (items === undefined) return data;
      return Object.fromEntries(
        Object.entries(items).flatMap(([key, file]) =>
          data[key] === undefined ? [] : [[file, data[key]] as const],
        ),
      );
    }),
  ) as Files;
}

const decoded = (data: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  );

/**
 * Keeps a directory what the API's objects say, as a kubelet does with a projected volume while its pods run: they
 * follow it. Returns a function that stops it.
 */
export function keepProjection(
  kube: KubeClient,
  sources: readonly Source[],
  directory: string,
  log: (line: string) => void,
): () => void {
  const refresh = (): void => writeVolume(directory, filesOf(kube, sources));
  refresh();
  const queue = workQueue(refresh, line => log(`${directory}: ${line}`));
  const concerns = (kind: Source['kind'], name: string): boolean =>
    sources.some(source => source.kind === kind && source.name === name);
  const stops = [
    kube.watch(secrets, (_, { metadata }) => {
      if (concerns('secret', metadata.name)) queue.add('secret');
    }),
    kube.watch(configMaps, (_, { metadata }) => {
      if (concerns('configMap', metadata.name)) queue.add('configMap');
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    queue.stop();
  };
}

const current = '..data';

/**
 * All files change at once, for those who look and for those who watch (kubelet: pkg/volume/util/atomic_writer.go):
 * each is a link through `..data`, and that is replaced.
 */
export function writeVolume(directory: string, files: Files): void {
  mkdirSync(directory, { recursive: true });
  const data = path.join(directory, current);
  const before = existsSync(data) ? readlinkSync(data) : undefined;
  if (before !== undefined && isSame(path.join(directory, before), files)) return;
  const fresh = mkdtempSync(`${directory}/..`); // hidden, by its first two characters
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(fresh, name), text, { mode: 0o400 });
  }
  symlinkSync(path.basename(fresh), `${data}_tmp`);
  renameSync(`${data}_tmp`, data);
  const visible = readdirSync(directory).filter(name => !name.startsWith('..'));
  for (const name of Object.keys(files)) {
    if (!visible.includes(name)) symlinkSync(path.join(current, name), path.join(directory, name));
  }
  for (const name of visible) if (!(name in files)) rmSync(path.join(directory, name));
  if (before !== undefined) rmSync(path.join(directory, before), { recursive: true });
}

function isSame(directory: string, files: Files): boolean {
  const names = readdirSync(directory);
  return (
    names.length === Object.keys(files).length &&
    names.every(name => files[name] === readFileSync(path.join(directory, name), 'utf8'))
  );
}
