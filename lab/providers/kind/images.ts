import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Executor, output } from '../../../helpers/exec.ts';
import { buildImage } from './commands.ts';

const directory = fileURLToPath(new URL('../../provisioning/', import.meta.url));

/** An image of ours, on a pinned one. */
export interface ImagePlan {
  readonly tag: string;
  readonly base: string;
  readonly dockerfile: string;
}

/** Its tag changes with what it is made from, so that an engine that has it need not build it again. */
export function planImage(name: 'router' | 'node', base: string): ImagePlan {
  const dockerfile = path.join(directory, `${name}.Dockerfile`);
  const hash = createHash('sha256').update(base);
  for (const file of [dockerfile, path.join(directory, 'install-packages.sh')])
    hash.update(readFileSync(file));
  return { tag: `cilium-conformance-${name}:${hash.digest('hex').slice(0, 12)}`, base, dockerfile };
}

/** Pulls the base image, and its packages, the first time. */
const buildMs = 15 * 60_000;

/** @throws ExecError with docker's own words */
export async function ensureImage(image: ImagePlan, tools: Executor): Promise<string> {
  if ((await tools.exec(['docker', 'image', 'inspect', image.tag])).code !== 0) {
    await output(tools, buildImage(image.tag, image.base, image.dockerfile, directory), {
      timeoutMs: buildMs,
    });
  }
  return image.tag;
}
