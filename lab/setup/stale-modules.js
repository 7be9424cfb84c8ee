// Prints why node_modules is not what package-lock.json asks for; nothing when it is.
// Plain JavaScript without imports from npm: it runs before anything is installed.
import { readFileSync } from 'node:fs';

/** @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages;

/** npm's own record of what it installed; the root package is not in it, nor optional ones for other platforms. */
const installedPackages = () => {
  try {
    return packagesOf('node_modules/.package-lock.json');
  } catch {
    return undefined;
  }
};

const installed = installedPackages();
if (installed === undefined) {
  console.log('not installed yet');
} else {
  const stale = Object.entries(packagesOf('package-lock.json')).find(([path, wanted]) => {
    const found = installed[path];
    if (path === '' || (found === undefined && wanted.optional)) return false;
    return found?.version !== wanted.version || found?.integrity !== wanted.integrity;
  });
  if (stale !== undefined) console.log(`${stale[0]} is not at ${stale[1].version}`);
}
