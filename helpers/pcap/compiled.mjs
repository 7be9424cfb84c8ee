// The decoders as JavaScript, made from their TypeScript by tsc when that has changed, and kept beside the packages.
// Loading TypeScript takes a process or a thread longer than searching a capture of 100 MB does.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const sources = import.meta.dirname;
const project = path.join(sources, 'tsconfig.json');

/** Of every file that is compiled: tests and the like are not. */
function digest() {
  const hash = createHash('sha256').update(process.versions.node);
  for (const name of readdirSync(sources, { recursive: true }).sort()) {
    if (!/(?<!\.test)\.ts$|tsconfig\.json$/.test(name)) continue;
    hash.update(name).update(readFileSync(path.join(sources, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

let folder;

function compiledFolder() {
  const root = path.join(sources, '../../node_modules/.cache/cilium-conformance');
  const wanted = path.join(root, `pcap-${digest()}`);
  if (existsSync(wanted)) return wanted;
  mkdirSync(root, { recursive: true });
  const fresh = mkdtempSync(path.join(root, 'compiling-'));
  const tsc = path.join(sources, '../../node_modules/.bin/tsc');
  try {
    execFileSync(tsc, ['-p', project, '--outDir', fresh], { stdio: 'pipe' });
    renameSync(fresh, wanted);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process may have been quicker.
    if (!existsSync(wanted)) {
      throw new Error(`the capture decoders could not be compiled: ${error.stdout ?? error.message}`, {
        cause: error,
      });
    }
  }
  return wanted;
}

/**
 * The compiled form of a module of this folder; undefined for a module that is not compiled.
 * @param {URL | string} module its URL
 * @returns {string | undefined}
 */
export function compiled(module) {
  const name = path.relative(sources, fileURLToPath(module)).replace(/\.ts$/, '.js');
  folder ??= compiledFolder();
  const file = path.join(folder, name);
  return name.startsWith('..') || !existsSync(file) ? undefined : pathToFileURL(file).href;
}
