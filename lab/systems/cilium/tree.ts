import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SystemRecord } from '../../contract/lab.ts';

/** The files of one version of Cilium: what its images hold. */
export interface CiliumTree {
  /** By the agent's own word, e.g. `1.18.0`. */
  readonly version: string;
  /** Where it came from, for reports: an official image with its digest, or a local tree. Never to be mixed up. */
  readonly origin: string;
  /** The agent's image: its files are the agent's root directory. Undefined when there are only programs. */
  readonly image: string | undefined;
  /** Directories to look for programs in, as the agent sees them. */
  readonly path: readonly string[];
  readonly agent: string;
  readonly operator: string;
  readonly cni: string;
  /** The C sources of the datapath's programs, which the agent compiles. */
  readonly bpf: string;
  /** The Cluster Mesh API server, and the etcd of its image, or this machine's; undefined when there are none. */
  readonly mesh: { readonly apiserver: string; readonly etcd: string } | undefined;
}

/** Written by `lab fetch-cilium` into the directory it unpacks to. */
export interface ImageRecord {
  readonly version: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** By part: agent, operator, clustermesh-apiserver. */
  readonly images: Readonly<Record<string, { readonly name: string; readonly digest: string }>>;
}

export const imageRecordFile = 'images.json';

/**
 * Finds Cilium's programs in a directory: what `lab fetch-cilium` unpacked (`agent/`, `operator/`,
 * `clustermesh-apiserver/`), one image's files with all programs in it, or a plain folder of programs with the
 * sources of the datapath in `bpf/`.
 * @throws Error saying which program is missing, and where it was looked for
 */
export function openTree(directory: string): CiliumTree {
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory} to take Cilium from`);
  const image = [path.join(directory, 'agent'), directory].find(each =>
    existsSync(path.join(each, 'usr/bin/cilium-agent')),
  );
  const find = (name: string, ...places: readonly string[]): string => {
    const looked = places.map(place => path.join(directory, place));
    const found = looked.find(existsSync);
    if (found === undefined)
      throw new Error(`no ${name} in ${directory}: it is none of ${looked.join(', ')}`);
    return found;
  };
  const program = (name: string, part: string): string =>
    find(name, `${part}/usr/bin/${name}`, `usr/bin/${name}`, name, `bin/${name}`);
  const optional = (name: string): string | undefined => {
    try {
      return program(name, 'clustermesh-apiserver');
    } catch {
      return undefined;
    }
  };
  const agent = program('cilium-agent', 'agent');
  const apiserver = optional('clustermesh-apiserver');
  const etcd = optional('etcd') ?? [machineEtcd].find(existsSync);
  return {
    version: versionOf(agent),
    origin: originOf(directory, agent),
    image,
    path: image === undefined ? [path.dirname(agent)] : [],
    agent,
    operator: program('cilium-operator-generic', 'operator'),
    cni: find(
      'cilium-cni',
      'agent/opt/cni/bin/cilium-cni',
      'opt/cni/bin/cilium-cni',
      'cilium-cni',
      'bin/cilium-cni',
    ),
    bpf: find("sources of the datapath's programs", 'agent/var/lib/cilium/bpf', 'var/lib/cilium/bpf', 'bpf'),
    mesh: apiserver === undefined || etcd === undefined ? undefined : { apiserver, etcd },
  };
}

/** What a lab's state file records of its system: the reference system, or the Cilium of a tree. */
export const systemRecord = (version: string, tree: CiliumTree | undefined): SystemRecord =>
  tree === undefined
    ? { name: 'reference', version }
    : { name: 'cilium', version, origin: tree.origin, etcd: tree.mesh?.etcd };

/** Debian's (package etcd-server): trees that are no official images have none of their own. */
export const machineEtcd = '/usr/bin/etcd';

function versionOf(agent: string): string {
  const said = execFileSync(agent, ['--version'], { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+[-\w.]*/.exec(said)?.[0];
  if (version === undefined) throw new Error(`${agent} --version names no version: ${said.trim()}`);
  return version;
}

/** What `lab fetch-cilium` recorded makes it an official image; everything else is a local tree. */
function originOf(directory: string, agent: string): string {
  const record = path.join(directory, imageRecordFile);
  if (existsSync(record)) {
    const { images } = JSON.parse(readFileSync(record, 'utf8')) as ImageRecord;
    const { name, digest } = images.agent ?? { name: 'unknown image', digest: 'unknown digest' };
    return `${name}@${digest}`;
  }
  return `a local tree, cilium-agent sha256:${digestOf(agent).slice(0, 12)}`;
}

const digests = new Map<string, string>();

function digestOf(file: string): string {
  const key = `${file} ${statSync(file).mtimeMs}`;
  const digest = digests.get(key) ?? createHash('sha256').update(readFileSync(file)).digest('hex');
  digests.set(key, digest);
  return digest;
}
