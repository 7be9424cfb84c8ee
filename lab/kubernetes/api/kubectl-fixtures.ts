import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import type { ClusterSpec } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { startControllers } from '../controllers/index.ts';
import { startFakeKubelets } from '../controllers/testing.ts';
import { localKubelet, startTestApi } from './testing.ts';

/**
 * The API as people use it: through kubectl, Debian's or whichever is first on PATH; `KUBECTL=/path/to/kubectl` tries
 * another one. A cluster of three nodes with controllers, pods that are ready at once and do not run.
 */

const kubectl = process.env.KUBECTL ?? 'kubectl';
export const [cluster] = bgp.clusters as readonly [ClusterSpec];

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Cluster {
  readonly home: string;
  readonly kubeconfig: string;
  namespaces: number;
}

type Run = (args: readonly string[], input?: string) => Promise<Printed>;

export const test = base.extend<
  { run: Run; ok: (...args: string[]) => Promise<string> },
  { served: Cluster }
>({
  served: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
    async ({}, use) => {
      const home = mkdtempSync(path.join(os.tmpdir(), 'kubectl-'));
      const api = await startTestApi({ kubelets: localKubelet(['first line', 'last line']) });
      const controllers = startControllers({ kube: api.store, cluster, topology: bgp, log: () => {} });
      const stopKubelets = startFakeKubelets(api.store);
      await use({ home, kubeconfig: api.kubeconfigPath, namespaces: 0 });
      stopKubelets();
      controllers.stop();
      await api.close();
      rmSync(home, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  // A namespace for each test.
  run: async ({ served }, use) => {
    const namespace = `test-${served.namespaces++}`;
    const run: Run = (args, input) =>
      new Promise(resolve => {
        const env = { PATH: process.env.PATH, HOME: served.home, KUBECONFIG: served.kubeconfig };
        const child = execFile(
          kubectl,
          ['--namespace', namespace, ...args],
          { env, timeout: 60_000 },
          (error, stdout, stderr) => {
            const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
            resolve({ code, stdout, stderr });
          },
        );
        child.stdin?.end(input);
      });
    expect(await run(['create', 'namespace', namespace])).toMatchObject({ code: 0 });
    await use(run);
  },
  ok: async ({ run }, use) => {
    await use(async (...args) => {
      const { code, stdout, stderr } = await run(args);
      expect(code, `kubectl ${args.join(' ')}: ${stderr}`).toBe(0);
      return stdout;
    });
  },
});

function minorVersion(): number | undefined {
  try {
    const text = execFileSync(kubectl, ['version', '--client', '-o', 'json'], {
      env: { PATH: process.env.PATH, HOME: os.tmpdir() },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { clientVersion } = JSON.parse(text) as { clientVersion: { minor: string } };
    return Number.parseInt(clientVersion.minor, 10);
  } catch {
    return undefined;
  }
}

/** kubectl's own minor version, 33 for 1.33; undefined when it is not here. */
export const minor = minorVersion();

/** Lines of a table, cut into columns. */
export const rows = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split(/\s{2,}/));
