import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import {
  type CoreV1Api,
  Exec,
  type KubeConfig,
  makeInformer,
  PatchStrategy,
  type V1ConfigMap,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { expect } from '@playwright/test';
import { configMap, namespace, patchAs, test } from './client-node-fixtures.ts';

test('a watch tells what happens after the list, in order, for what it selects', async ({ core, config }) => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('early', {}, { tier: 'front' }) });
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const seen: string[] = [];
  const watch = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { resourceVersion: metadata?.resourceVersion, labelSelector: 'tier=front' },
    (phase, object: V1ConfigMap) => seen.push(`${phase} ${object.metadata?.name}`),
    () => {},
  );
  const label = (name: string, tier: string) =>
    core.patchNamespacedConfigMap(
      { name, namespace, body: { metadata: { labels: { tier } } } },
      patchAs(PatchStrategy.MergePatch),
    );
  await core.createNamespacedConfigMap({ namespace, body: configMap('a', {}, { tier: 'front' }) });
  await core.createNamespacedConfigMap({ namespace, body: configMap('b', {}, { tier: 'back' }) });
  await label('a', 'back');
  await label('b', 'front');
  await core.deleteNamespacedConfigMap({ name: 'early', namespace });
  await expect.poll(() => seen).toEqual(['ADDED a', 'DELETED a', 'ADDED b', 'DELETED early']);
  watch.abort();
});

test('an informer follows without a gap', async ({ core, config }) => {
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
    core.listNamespacedConfigMap({ namespace }),
  );
  const known = new Map<string, string | undefined>();
  const keep = ({ metadata, data }: V1ConfigMap): void => {
    known.set(metadata?.name ?? '', data?.one);
  };
  informer.on('add', keep);
  informer.on('update', keep);
  informer.on('delete', ({ metadata }) => known.delete(metadata?.name ?? ''));
  await core.createNamespacedConfigMap({ namespace, body: configMap('a', { one: '1' }) });
  await informer.start();
  await expect.poll(() => known.get('a')).toBe('1');
  const body = { data: { one: '2' } };
  await core.patchNamespacedConfigMap({ name: 'a', namespace, body }, patchAs(PatchStrategy.MergePatch));
  await expect.poll(() => known.get('a')).toBe('2');
  await core.deleteNamespacedConfigMap({ name: 'a', namespace });
  await expect.poll(() => known.has('a')).toBe(false);
  await informer.stop();
});

async function runningPod(core: CoreV1Api): Promise<void> {
  const spec = { containers: [{ name: 'main', image: 'curl:1' }], nodeName: 'k8s-ctr' };
  await core.createNamespacedPod({ namespace, body: { metadata: { name: 'pod' }, spec } });
}

async function exec(config: KubeConfig, argv: readonly string[], input?: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = { stdout: '', stderr: '' };
  stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const stdin = input === undefined ? null : PassThrough.from([input]);
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec(namespace, 'pod', 'main', [...argv], stdout, stderr, stdin, false, resolve)
      .catch((error: unknown) => reject(error instanceof Error ? error : new Error(JSON.stringify(error))));
  });
  await setTimeout(0); // what came before the status is on its way through the streams
  return { ...printed, status };
}

test('exec over WebSocket: output, input, exit code', async ({ core, config }) => {
  await runningPod(core);
  expect(await exec(config, ['sh', '-c', 'echo out; echo err >&2'])).toMatchObject({
    stdout: 'out\n',
    stderr: 'err\n',
    status: { status: 'Success' },
  });
  expect(await exec(config, ['sh', '-c', 'read line; echo "<$line>"'], 'hello\n')).toMatchObject({
    stdout: '<hello>\n',
  });
  expect((await exec(config, ['sh', '-c', 'exit 7'])).status).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '7' }] },
  });
  const { status } = await exec(config, ['no-such-command']);
  expect([status.status, status.message]).toEqual(['Failure', expect.stringContaining('no-such-command')]);
});
