import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startTicks } from '../../../../helpers/processes.ts';
import { type ImageRecord, imageRecordFile } from '../tree.ts';
import type { Web } from './http.ts';
import { applyLayer } from './layers.ts';
import { type Image, Repository } from './registry.ts';

export interface FetchOptions {
  /** Versions lie in it, a directory each. */
  readonly cache: string;
  /** `quay.io/cilium` unless given. */
  readonly registry?: string;
  /** This machine's unless given: `linux/amd64`. */
  readonly platform?: string;
  readonly web?: Web;
  onProgress(line: string): void;
}

/** The parts of a tree, and the official image of each. */
const parts: Readonly<Record<string, string>> = {
  agent: 'cilium',
  operator: 'operator-generic',
  'clustermesh-apiserver': 'clustermesh-apiserver',
};

const under = new Map<string, Promise<string>>();

/**
 * Gets the official images of a version of Cilium, checks every digest and unpacks them into a directory of the cache;
 * answers that directory. What is there already is not asked for again, what was cut off goes on where it ended.
 * @throws Error saying what could not be had, and what to do
 */
export function fetchCilium(version: string, options: FetchOptions): Promise<string> {
  const directory = path.join(options.cache, version);
  const known = under.get(directory);
  if (known !== undefined) return known;
  const fetching = fetchOnce(version, directory, options).finally(() => under.delete(directory));
  under.set(directory, fetching);
  return fetching;
}

async function fetchOnce(version: string, directory: string, options: FetchOptions): Promise<string> {
  const { cache, onProgress } = options;
  if (existsSync(directory)) {
    onProgress(`cilium ${version} is there already: ${directory}`);
    return directory;
  }
  try {
    mkdirSync(cache, { recursive: true });
    const unlock = await lock(path.join(cache, `.lock-${version}`), onProgress);
    try {
      if (!existsSync(directory)) await fetchInto(version, directory, options);
    } finally {
      unlock();
    }
    return directory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new Error(
      `the disk is full: a version of Cilium needs about 2 GB in ${cache}; CILIUM_IMAGES=DIR puts it elsewhere. What was fetched so far is kept.`,
    );
  }
}

async function fetchInto(version: string, directory: string, options: FetchOptions): Promise<void> {
  const { cache, registry = 'quay.io/cilium', platform = thisPlatform(), web = {}, onProgress } = options;
  const fresh = path.join(cache, `.new-${version}`);
  const blobs = path.join(cache, '.blobs');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(blobs, { recursive: true });
  const images: Record<string, { name: string; digest: string }> = {};
  const used: string[] = [];
  try {
    for (const [part, name] of Object.entries(parts)) {
      const repository = new Repository(`${registry}/${name}`, web);
      const image = await repository.image(`v${version}`, platform);
      images[part] = { name: image.name, digest: image.digest };
      used.push(
        ...(await unpack(repository, image, { blobs, directory: path.join(fresh, part), onProgress })),
      );
    }
    const record: ImageRecord = { version, platform, images };
    writeFileSync(path.join(fresh, imageRecordFile), `${JSON.stringify(record, null, 2)}\n`);
    renameSync(fresh, directory);
  } catch (error) {
    // What was downloaded stays for the next attempt, half an image does not.
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  for (const file of used) rmSync(file, { force: true });
}

async function unpack(
  repository: Repository,
  image: Image,
  { blobs, directory, onProgress }: { blobs: string; directory: string; onProgress: (line: string) => void },
): Promise<string[]> {
  const total = image.layers.reduce((sum, { size }) => sum + size, 0);
  onProgress(
    `${image.name} (${image.digest.slice(0, 19)}): ${image.layers.length} layers, ${megabytes(total)} MB`,
  );
  mkdirSync(directory, { recursive: true });
  const files: string[] = [];
  let before = 0;
  let said = Date.now();
  for (const layer of image.layers) {
    const file = path.join(blobs, layer.digest.replace(':', '-'));
    await repository.download(layer, file, have => {
      if (Date.now() - said < 2_000) return;
      said = Date.now();
      onProgress(`${image.name}: ${megabytes(before + have)} of ${megabytes(total)} MB`);
    });
    before += layer.size;
    await applyLayer(file, layer.mediaType, directory);
    files.push(file);
  }
  return files;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** @throws Error on a machine that Cilium has no images for */
export function thisPlatform(arch: string = process.arch): string {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[arch];
  if (architecture === undefined) throw new Error(`Cilium has no images for ${arch}`);
  return `linux/${architecture}`;
}

/** One process at a time; one that died in between holds nobody up. */
async function lock(file: string, onProgress: (line: string) => void): Promise<() => void> {
  const mine = `${process.pid} ${startTicks(process.pid)}`;
  for (let said = false; ; ) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid = '', since] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
    if (since !== undefined && startTicks(Number(pid)) !== since) rmSync(file, { force: true });
    else {
      if (!said) onProgress(`waiting for process ${pid}, which fetches the same version`);
      said = true;
      await wait(200);
    }
  }
}
