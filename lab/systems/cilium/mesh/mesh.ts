import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type ConfigMap,
  type Container,
  configMaps,
  type Deployment,
  deployments,
  type Pod,
  pods,
  type Secret,
  type Service,
  secrets,
  services,
} from '../../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { repositoryOf } from '../../../kubernetes/kubelet/images.ts';
import { type Authority, authorityIn, issue } from '../../mesh/certificates.ts';
import {
  apiName,
  apiService,
  etcdClientConfig,
  meshNamespace,
  secret,
  serverNames,
  tlsSecret,
} from '../../mesh/objects.ts';
import { put } from '../put.ts';
import type { CiliumTree } from '../tree.ts';
import { commandOf } from './container.ts';
import { apiDeployment, apiImage, apiVolumes } from './deployment.ts';
import { keepProjection, type Projection, projections } from './projection.ts';
import { hostAliases, type MeshSettings, readsOwnEtcd, remoteUser } from './settings.ts';

export interface MeshOptions {
  readonly kube: KubeClient;
  /** A directory of the mesh's own. */
  readonly directory: string;
  /** One that all clusters of the lab share: the certificate authority is in it. */
  readonly shared: string;
  /** The service account's files. */
  readonly account: string;
  readonly log: (line: string) => void;
}

/** A cluster's side of the mesh: what the chart makes of `clustermesh`, and what its pods and agents are given of it. */
export class CiliumMesh {
  readonly #options: MeshOptions;
  readonly #stops: (() => void)[];
  #tree: CiliumTree | undefined;
  #hosts = '';
  #applied = '';

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#stops = (Object.keys(projections) as Projection[]).map(name =>
      keepProjection(options.kube, projections[name], this.volume(name), options.log),
    );
    this.#writeHosts([]);
  }

  /** Where what the API says is kept as files. */
  volume(name: Projection): string {
    return path.join(this.#options.directory, 'volumes', name);
  }

  /** The agents' `/etc/hosts`: the machine's with what the chart adds. */
  get hostsFile(): string {
    return path.join(this.#options.directory, 'hosts');
  }

  /**
   * As `helm upgrade` with these values. Returns whether the agents' pods are others now, and have to be replaced; what
   * is in their volumes follows by itself.
   */
  async apply(settings: MeshSettings, tree: CiliumTree): Promise<boolean> {
    this.#tree = tree;
    const wanted = JSON.stringify([settings, tree.version]);
    const hosts = this.#hosts;
    this.#writeHosts(readsOwnEtcd(settings) ? [] : hostAliases(settings));
    if (wanted !== this.#applied) {
      await this.#writeObjects(settings, tree.version);
      this.#applied = wanted;
    }
    return hosts !== this.#hosts;
  }

  /** For a container of the mesh API: its command line in its pod's sandbox. */
  command(pod: Pod, container: Container): readonly string[] | undefined {
    if (repositoryOf(container.image) !== apiImage) return undefined;
    const { kube, directory, account } = this.#options;
    const mesh = this.#tree?.mesh;
    if (mesh === undefined) throw new Error(`there is no ${apiName} among the files of Cilium`);
    const { uid = '' } = pod.metadata;
    const host = kube.get(services, 'kubernetes', 'default')?.spec.clusterIP ?? '';
    const etcdData = path.join(this.#podDirectories, uid);
    mkdirSync(etcdData, { recursive: true });
    this.#removeDataOfGonePods();
    const volumes = Object.fromEntries(
      apiVolumes.map(name => [name, name === 'etcd-data-dir' ? etcdData : this.volume(name)]),
    );
    return commandOf(container, uid, {
      programs: mesh,
      volumes,
      account,
      scratch: path.join(directory, 'scratch'),
      apiServer: { host, port: 443 },
    });
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  get #podDirectories(): string {
    return path.join(this.#options.directory, 'pods');
  }

  #removeDataOfGonePods(): void {
    const there = this.#options.kube.list(pods).map(({ metadata }) => metadata.uid);
    for (const uid of readdirSync(this.#podDirectories)) {
      if (!there.includes(uid)) rmSync(path.join(this.#podDirectories, uid), { recursive: true });
    }
  }

  #writeHosts(aliases: ReturnType<typeof hostAliases>): void {
    const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}`);
    const machine = readFileSync('/etc/hosts', 'utf8');
    this.#hosts = [
      machine,
      ...(lines.length > 0 ? ['# Entries added by HostAliases.', ...lines, ''] : []),
    ].join('\n');
    mkdirSync(this.#options.directory, { recursive: true });
    writeFileSync(this.hostsFile, this.#hosts); // in place: the file itself is mounted
  }

  async #writeObjects(settings: MeshSettings, version: string): Promise<void> {
    const { kube, shared } = this.#options;
    const authority = await authorityIn(path.join(shared, 'mesh-ca'));
    for (const each of await this.#secrets(settings, authority)) put(kube, secrets, each);
    put(kube, configMaps, usersOf(settings), settings.server && settings.authMode !== 'legacy');
    put<Service>(kube, services, apiService(settings.nodePort), settings.server);
    put<Deployment>(kube, deployments, apiDeployment(settings, version), settings.server);
    const names = settings.clusters.map(({ name }) => name);
    const { clusters, domain } = settings;
    const own = readsOwnEtcd(settings);
    const direct = secret(
      own ? 'cilium-kvstoremesh' : 'cilium-clustermesh',
      'Opaque',
      Object.fromEntries(
        clusters.map(({ name, port }) => [
          name,
          etcdClientConfig(`https://${name}.${domain}:${port}`, 'common'),
        ]),
      ),
    );
    put(kube, secrets, direct);
    const local = etcdClientConfig(`https://${apiName}.${meshNamespace}.svc:2379`, 'local');
    if (own) {
      const entries = Object.fromEntries(names.map(name => [name, local]));
      put(kube, secrets, secret('cilium-clustermesh', 'Opaque', entries));
    } else kube.delete(secrets, 'cilium-kvstoremesh', meshNamespace);
  }

  /** (templates/clustermesh-apiserver/tls-helm) */
  async #secrets(settings: MeshSettings, authority: Authority): Promise<Secret[]> {
    const pki = path.join(this.#options.directory, 'pki');
    const { name } = settings.cluster;
    const wanted = [
      { of: 'server', commonName: `${apiName}.cilium.io`, names: serverNames },
      { of: 'admin', commonName: `admin-${name}` },
      { of: 'remote', commonName: remoteUser(settings) },
      { of: 'local', commonName: `local-${name}` },
    ];
    const issued = await Promise.all(
      wanted.map(async ({ of, ...subject }) =>
        tlsSecret(`${apiName}-${of}-cert`, authority.cert, await issue(authority, pki, of, subject)),
      ),
    );
    const ca = secret('cilium-ca', 'Opaque', { 'ca.crt': authority.cert, 'ca.key': authority.key });
    return [ca, ...issued];
  }
}

/** (templates/clustermesh-apiserver/users-configmap.yaml) */
function usersOf({ clusters }: MeshSettings): ConfigMap {
  const users = clusters.map(({ name }) => `- name: remote-${name}\n  role: remote\n`);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'clustermesh-remote-users', namespace: meshNamespace },
    data: { 'users.yaml': `users:\n${users.join('')}` },
  };
}
