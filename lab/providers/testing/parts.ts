import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the live tests of the providers run, from Debian's packages; kept, because it takes a minute to make. */
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'cilium-conformance');

/** Something of the machine's that a live test needs is not to be had: it is skipped, with this. */
export class NotToBeHad extends Error {}

/** Packages that are installed, as `apt-get install` would. @throws NotToBeHad */
export function installed(...names: readonly string[]): void {
  const have = spawnSync('dpkg-query', ['-W', '-f', `\${Package} \${db:Status-Status}\n`, ...names], {
    encoding: 'utf8',
  }).stdout;
  const missing = names.filter(name => !`\n${have ?? ''}`.includes(`\n${name} installed\n`));
  if (missing.length === 0) return;
  const script = fileURLToPath(new URL('../../setup/install.sh', import.meta.url));
  const { status, stderr } = spawnSync('bash', [script, ...missing], { encoding: 'utf8' });
  if (status !== 0) throw new NotToBeHad(`${missing.join(', ')}: ${lastLine(stderr)}`);
}

/** A directory with the files of packages of a Debian release. @throws NotToBeHad */
export function unpacked(release: string, ...names: readonly string[]): string {
  return made(`${release}-${names.join('-')}`, directory => {
    const script = fileURLToPath(new URL('../../setup/unpack-packages.sh', import.meta.url));
    const { status, stderr } = spawnSync('bash', [script, release, directory, ...names], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new NotToBeHad(lastLine(stderr));
  });
}

/** A directory with `rootfs.tar`: Debian 12 with these packages. @throws NotToBeHad */
export function rootFilesystem(
  name: string,
  packages: readonly string[],
  ...more: readonly string[]
): string {
  installed('mmdebstrap');
  return made(name, directory => {
    const file = path.join(directory, 'rootfs.tar');
    const args = ['--mode=root', '--variant=minbase', `--include=${packages.join(',')}`, ...more];
    const { status, stderr } = spawnSync('mmdebstrap', [...args, 'bookworm', file], { encoding: 'utf8' });
    if (status !== 0) throw new NotToBeHad(`mmdebstrap: ${lastLine(stderr)}`);
  });
}

/** A directory with `debian.box`, and the kernel it boots. @throws NotToBeHad */
export function vagrantBox(): string {
  installed('mmdebstrap', 'qemu-utils', 'e2fsprogs');
  const script = fileURLToPath(new URL('./box/make.sh', import.meta.url));
  return made('vagrant-box', directory => {
    const { status, stderr } = spawnSync('bash', [script, directory], { encoding: 'utf8' });
    if (status !== 0) throw new NotToBeHad(`the box cannot be made: ${lastLine(stderr)}`);
  });
}

/** Root, and a program: what no package brings. @throws NotToBeHad */
export function rootOnLinux(): void {
  if (process.platform !== 'linux') throw new NotToBeHad('it takes Linux');
  if (process.getuid?.() !== 0) throw new NotToBeHad('it takes root');
  try {
    execFileSync('unshare', ['-m', '-n', '-p', '-f', 'true'], { stdio: 'ignore' });
  } catch {
    throw new NotToBeHad('new namespaces cannot be had here');
  }
}

/** Made once: a directory appears when it is complete. */
function made(name: string, make: (directory: string) => void): string {
  const directory = path.join(cache, name);
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, '.new-'));
  try {
    make(fresh);
    renameSync(fresh, directory);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  return directory;
}

const lastLine = (text: string | null): string => (text ?? '').trim().split('\n').at(-1) ?? '';
