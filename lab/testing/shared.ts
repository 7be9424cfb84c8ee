import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Facts of released software that lie beside this repository, where it was made; not part of it. */
const directory = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Why tests on them are skipped; undefined when they are there. */
export const noSharedData = existsSync(directory) ? undefined : `${directory} is not beside this repository`;

export interface Chart {
  readonly version: string;
  readonly schema: object;
  /** Dotted paths of every value that the chart knows, in values.yaml, commented out there, or in a template. */
  readonly valuePaths: ReadonlySet<string>;
}

/** Cilium's official charts of the versions that are there. */
export function charts(): Chart[] {
  if (noSharedData !== undefined) return [];
  const root = path.join(directory, 'charts');
  return readdirSync(root).map(version => ({
    version,
    schema: JSON.parse(readFileSync(path.join(root, version, 'values.schema.json'), 'utf8')) as object,
    valuePaths: new Set(readFileSync(path.join(root, version, 'value-paths.txt'), 'utf8').split('\n')),
  }));
}

/** JSON schemas of Cilium's custom resources, e.g. `ciliumbgppeerconfig_v2`. */
export function crdSchema(name: string): object {
  return JSON.parse(readFileSync(path.join(directory, 'crds', `${name}.json`), 'utf8')) as object;
}
