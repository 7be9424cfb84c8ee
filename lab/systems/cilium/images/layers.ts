import { createReadStream } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readTar, type TarEntry } from './tar.ts';

/**
 * Applies a layer to a directory (OCI image specification, layer.md), without root: owners are left out, device nodes
 * too. Names are resolved inside the directory: `var/run -> /run` is the image's own /run.
 * @throws Error when the archive is broken, or of a kind this program cannot read
 */
export async function applyLayer(file: string, mediaType: string, directory: string): Promise<void> {
  const created = new Set<string>();
  for await (const entry of readTar(decompressed(file, mediaType)))
    await applyEntry(entry, directory, created);
}

function decompressed(file: string, mediaType: string): Readable {
  const bytes = createReadStream(file);
  if (/\btar$/.test(mediaType)) return bytes;
  if (!/gzip$/.test(mediaType))
    throw new Error(`a layer is of type ${mediaType}; only gzip can be read here`);
  const gunzip = createGunzip();
  bytes.on('error', error => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

const hides = '.wh.';
const hidesAll = '.wh..wh..opq';

async function applyEntry(entry: TarEntry, root: string, created: Set<string>): Promise<void> {
  const parts = partsOf(entry.path);
  const name = parts.pop();
  if (name === undefined) return;
  const parent = await inside(root, parts);
  if (name === hidesAll) {
    for (const child of await readdir(parent).catch(() => [])) await hide(path.join(parent, child), created);
    return;
  }
  if (name.startsWith(hides)) return hide(path.join(parent, name.slice(hides.length)), created);
  await makeDirectory(root, parent);
  const target = path.join(parent, name);
  const there = await lstat(target).catch(() => undefined);
  if (there !== undefined && !(entry.type === 'directory' && there.isDirectory())) {
    await rm(target, { recursive: true, force: true });
  }
  created.add(target);
  switch (entry.type) {
    case 'directory':
      await mkdir(target, { recursive: true });
      // Its owner must be able to go on writing into it.
      return chmod(target, (entry.mode & 0o777) | 0o700);
    case 'symlink':
      return symlink(entry.linkPath, target);
    case 'hardlink': {
      const source = partsOf(entry.linkPath);
      const last = source.pop() ?? '';
      return link(path.join(await inside(root, source), last), target);
    }
    case 'file': {
      const file = await open(target, 'w');
      try {
        for await (const chunk of entry.content()) await file.write(chunk);
      } finally {
        await file.close();
      }
      return chmod(target, entry.mode & 0o777);
    }
    case 'other':
      return;
  }
}

/** In place of files that lower layers have in its way. */
async function makeDirectory(root: string, directory: string): Promise<void> {
  const parts = path.relative(root, directory).split(path.sep);
  for (const count of parts.keys()) {
    const at = path.join(root, ...parts.slice(0, count + 1));
    const there = await lstat(at).catch(() => undefined);
    if (there !== undefined && !there.isDirectory()) await rm(at);
  }
  await mkdir(directory, { recursive: true });
}

/** What lower layers have is hidden, what this one brought is not. */
async function hide(target: string, created: ReadonlySet<string>): Promise<void> {
  if (created.has(target)) return;
  const within = [...created].some(each => each.startsWith(`${target}/`));
  if (!within) return rm(target, { recursive: true, force: true });
  for (const child of await readdir(target)) await hide(path.join(target, child), created);
}

/** @throws Error for names that lead out */
function partsOf(name: string): string[] {
  const parts = name.split('/').filter(part => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`a layer has a member ${name}, which leads out of the image`);
  return parts;
}

/** The directory that a path names when `root` is the root directory: symbolic links are followed inside. */
async function inside(root: string, parts: readonly string[]): Promise<string> {
  const left = [...parts];
  const at: string[] = [];
  for (let links = 0; left.length > 0; ) {
    const part = left.shift() as string;
    if (part === '..') {
      at.pop();
      continue;
    }
    const here = path.join(root, ...at, part);
    const found = await lstat(here).catch(() => undefined);
    if (found?.isSymbolicLink() !== true) {
      at.push(part);
      continue;
    }
    if (++links > 40) throw new Error(`a layer has symbolic links in a circle at ${parts.join('/')}`);
    const target = await readlink(here);
    if (target.startsWith('/')) at.length = 0;
    left.unshift(...target.split('/').filter(each => each !== '' && each !== '.'));
  }
  return path.join(root, ...at);
}
