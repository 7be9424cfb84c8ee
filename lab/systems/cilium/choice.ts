import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { requireVersion } from '../../versions.ts';
import { fetchCilium } from './images/fetch.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where versions of Cilium lie unpacked, a directory each: CILIUM_IMAGES, or the user's cache directory. */
export function imageCache(env: Environment = process.env): string {
  const cache = env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.resolve(env.CILIUM_IMAGES ?? path.join(cache, 'cilium-conformance', 'images'));
}

/** @throws Error when it is no version */
export function versionDirectory(version: string, env: Environment = process.env): string {
  requireVersion('', version);
  return path.join(imageCache(env), version);
}

/**
 * The directory with the Cilium that the environment asks for: CILIUM_ROOT, a tree that is there, or CILIUM_VERSION,
 * whose official images are fetched when they are not there yet. Undefined when neither is set: the reference system.
 */
export async function chosenCilium(
  onProgress: (line: string) => void,
  env: Environment = process.env,
): Promise<string | undefined> {
  const { CILIUM_ROOT: root, CILIUM_VERSION: version } = env;
  if (root !== undefined && root !== '') return path.resolve(root);
  return version === undefined || version === '' ? undefined : provideVersion(version, onProgress, env);
}

/** @throws Error saying why the version cannot be had */
export async function provideVersion(
  version: string,
  onProgress: (line: string) => void,
  env: Environment = process.env,
): Promise<string> {
  const directory = versionDirectory(version, env);
  if (!existsSync(directory)) await fetchCilium(version, { cache: imageCache(env), onProgress });
  return directory;
}

/** For the first lines of a run on the reference system. */
export const howToGetCilium =
  'The reference system stands in for Cilium. For real Cilium: CILIUM_VERSION=1.18.0 (its official images are fetched once), or CILIUM_ROOT=DIR (a directory with its files).';
