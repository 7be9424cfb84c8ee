import { Readable } from 'node:stream';
import { expect, test } from '@playwright/test';
import { events, type Node, nodes, type Pod, type Probe, pods } from '../../../helpers/kube/resources.ts';
import { createStore } from '../api/store.ts';
import { conditionOf, withCondition } from '../controllers/objects.ts';
import { hooksOf, startKubelet } from './kubelet.ts';
import { ImageError, type PodRuntime } from './pod-runtime.ts';

const node = 'k8s-w1';

/** A kubelet with a runtime that starts nothing, and that the test can make fail. */
function startNode(options: { backoffMs?: number } = {}) {
  const kube = createStore({ serviceCidr: '10.96.0.0/16' });
  kube.create<Node>(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  setReady(true);
  function setReady(ready: boolean): void {
    kube.updateStatus(nodes, node, undefined, draft => {
      const condition = { type: 'Ready', status: ready ? 'True' : 'False' } as const;
      draft.status = { conditions: withCondition(draft.status?.conditions, condition) };
    });
  }
  const calls: string[] = [];
  const refusals: Error[] = [];
  const answers = { ready: true };
  let exit: (container: string, code: number | undefined) => void = () => {};
  let release = (): void => {};
  const runtime: PodRuntime = {
    run: async pod => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      calls.push(`run ${pod.metadata.name}`);
      return {
        address: '172.20.1.7',
        onExit: handler => {
          exit = handler;
        },
        restart: async container => {
          calls.push(`restart ${container}`);
        },
        check: async (_container: string, _probe: Probe) => answers.ready,
        exec: (container, argv) => {
          calls.push(`exec ${container} ${argv.join(' ')}`);
          return { stdin: undefined, stdout: undefined, stderr: undefined, exit: Promise.resolve(0) };
        },
        logs: () => Readable.from(['said\n']),
        stop: grace => {
          calls.push(`stop ${Math.ceil(grace)}`);
          return grace === 0 ? Promise.resolve(release()) : new Promise(resolve => (release = resolve));
        },
      };
    },
  };
  const log: string[] = [];
  const kubelet = startKubelet({
    kube,
    node,
    nodeAddress: '192.168.10.101',
    runtime,
    log: line => log.push(line),
    ...options,
  });
  return {
    kube,
    kubelet,
    calls,
    refusals,
    answers,
    log,
    setReady,
    exit: (code: number | undefined) => exit('web', code),
    released: () => release(),
    pod: () => kube.get(pods, 'web', 'default'),
    container: () => kube.get(pods, 'web', 'default')?.status?.containerStatuses?.[0],
    reasons: () => kube.list(events).map(event => event.reason),
    create: (spec: Partial<Pod['spec']> = {}, probe?: Probe) =>
      kube.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          nodeName: node,
          containers: [
            {
              name: 'web',
              image: 'traefik/whoami',
              ...(probe === undefined ? {} : { readinessProbe: probe }),
            },
          ],
          ...spec,
        },
      }),
  };
}

const ready = (pod: Pod | undefined): string | undefined => conditionOf(pod ?? {}, 'Ready')?.status;

test('a pod runs, and its status says where and since when', async () => {
  const lab = startNode();
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  expect(lab.pod()?.status).toMatchObject({
    phase: 'Running',
    podIP: '172.20.1.7',
    podIPs: [{ ip: '172.20.1.7' }],
    hostIP: '192.168.10.101',
  });
  expect(lab.pod()?.status?.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'PodReadyToStartContainers True',
    'Initialized True',
    'Ready True',
    'ContainersReady True',
    'PodScheduled True',
  ]);
  expect(lab.container()).toMatchObject({
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: {} },
  });
  expect(lab.reasons()).toEqual(expect.arrayContaining(['Pulled', 'Started']));
  await lab.kubelet.stop();
});

test("other nodes' pods are left alone", async () => {
  const lab = startNode();
  lab.kube.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'elsewhere', namespace: 'default' },
    spec: { nodeName: 'k8s-w0', containers: [{ name: 'c', image: 'busybox' }] },
  });
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  expect(lab.calls).toEqual(['run web']);
  await lab.kubelet.stop();
});

test('readiness follows the probe both ways', async () => {
  const lab = startNode();
  lab.answers.ready = false;
  lab.create({}, { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 });
  await expect.poll(() => lab.pod()?.status?.phase).toBe('Running');
  expect(conditionOf(lab.pod() ?? {}, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
  });
  lab.answers.ready = true;
  await expect.poll(() => ready(lab.pod())).toBe('True');
  lab.answers.ready = false;
  await expect.poll(() => ready(lab.pod())).toBe('False');
  await lab.kubelet.stop();
});

test('a container that dies starts again at once, then backs off', async () => {
  const lab = startNode({ backoffMs: 300 });
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  lab.exit(1);
  await expect.poll(() => lab.container()?.restartCount).toBe(1);
  expect(lab.container()).toMatchObject({
    ready: true,
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  expect(lab.pod()?.status?.podIP, 'the sandbox and its address stay').toBe('172.20.1.7');

  lab.exit(undefined);
  await expect.poll(() => lab.container()?.state).toMatchObject({ waiting: { reason: 'CrashLoopBackOff' } });
  expect(lab.pod()?.status?.phase).toBe('Running');
  expect(ready(lab.pod())).toBe('False');
  await expect.poll(() => lab.container()?.restartCount).toBe(2);
  expect(lab.calls).toEqual(['run web', 'restart web', 'restart web']);
  await lab.kubelet.stop();
});

for (const [code, phase] of [
  [0, 'Succeeded'],
  [3, 'Failed'],
] as const) {
  test(`a pod that is not to be restarted and exits with ${code} is ${phase}`, async () => {
    const lab = startNode();
    lab.create({ restartPolicy: 'Never' });
    await expect.poll(() => ready(lab.pod())).toBe('True');
    lab.exit(code);
    await expect.poll(() => lab.pod()?.status?.phase).toBe(phase);
    expect(lab.calls).toEqual(['run web']);
    await lab.kubelet.stop();
  });
}

test('a deleted pod is stopped with its grace, and its object goes when it has ended', async () => {
  const lab = startNode();
  lab.create({ terminationGracePeriodSeconds: 7 });
  await expect.poll(() => ready(lab.pod())).toBe('True');
  deleteGracefully(lab.kube);
  await expect.poll(() => lab.calls).toEqual(['run web', 'stop 7']);
  expect(lab.pod()?.metadata.deletionTimestamp).toBeDefined();
  lab.released();
  await expect.poll(() => lab.pod()).toBeUndefined();
  expect(lab.reasons()).toContain('Killing');
  await lab.kubelet.stop();
});

function deleteGracefully(kube: ReturnType<typeof createStore>): void {
  const definition = kube.objects.definitions.get('', 'pods');
  if (definition === undefined) throw new Error('the store knows no pods');
  kube.deletion.delete(definition, 'default', 'web');
}

test('preStop comes before the stop', async () => {
  const lab = startNode();
  const preStop = { exec: { command: ['sleep', '0'] } };
  lab.create({ containers: [{ name: 'web', image: 'traefik/whoami', lifecycle: { preStop } }] });
  await expect.poll(() => ready(lab.pod())).toBe('True');
  deleteGracefully(lab.kube);
  await expect.poll(() => lab.calls).toEqual(['run web', 'exec web sleep 0', 'stop 30']);
  lab.released();
  await expect.poll(() => lab.pod()).toBeUndefined();
  await lab.kubelet.stop();
});

test('a pod removed by force is stopped all the same', async () => {
  const lab = startNode();
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  lab.kube.delete(pods, 'web', 'default', { gracePeriodSeconds: 0 });
  await expect.poll(() => lab.calls).toEqual(['run web', 'stop 30']);
  await lab.kubelet.stop();
});

test('an image that cannot be run is said so, and corrected without a new pod', async () => {
  const lab = startNode();
  lab.refusals.push(new ImageError('web', 'Failed to pull image "x": it can run traefik/whoami'));
  lab.create();
  await expect
    .poll(() => lab.container()?.state)
    .toEqual({
      waiting: { reason: 'ImagePullBackOff', message: 'Failed to pull image "x": it can run traefik/whoami' },
    });
  expect(lab.pod()?.status?.phase).toBe('Pending');
  expect(lab.kube.list(events).map(event => event.message)).toContain('Error: ErrImagePull');
  lab.kube.update(pods, 'web', 'default', draft => {
    draft.spec.containers = draft.spec.containers.map(each => ({ ...each, image: 'traefik/whoami:v1' }));
  });
  await expect.poll(() => ready(lab.pod())).toBe('True');
  await lab.kubelet.stop();
});

test('a network that cannot be attached is tried again', async () => {
  const lab = startNode();
  lab.refusals.push(new Error('no address left in 172.20.1.0/24'));
  lab.create();
  await expect
    .poll(() => lab.kube.list(events).map(event => event.message))
    .toEqual(['Failed to create pod sandbox: no address left in 172.20.1.0/24']);
  await expect.poll(() => ready(lab.pod())).toBe('True');
  await lab.kubelet.stop();
});

test('a node that is not ready has no ready pods', async () => {
  const lab = startNode();
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  lab.setReady(false);
  await expect.poll(() => ready(lab.pod())).toBe('False');
  lab.setReady(true);
  await expect.poll(() => ready(lab.pod())).toBe('True');
  await lab.kubelet.stop();
});

test('exec and logs go to the node of the pod, and say what is missing', async () => {
  const lab = startNode();
  lab.create();
  await expect.poll(() => ready(lab.pod())).toBe('True');
  const hooks = hooksOf(new Map([[node, lab.kubelet]]));
  const pod = lab.pod() as Pod;
  const quiet = { tty: false, stdin: false };
  const process = await hooks.exec(pod, 'web', ['ip', 'route'], quiet);
  expect(await process.exit).toBe(0);
  expect(lab.calls).toContain('exec web ip route');
  await expect(hooks.exec(pod, 'sidecar', ['id'], quiet)).rejects.toThrow(
    /container not found \("sidecar"\)/,
  );
  const elsewhere = { ...pod, spec: { ...pod.spec, nodeName: 'k8s-w9' } };
  await expect(hooks.exec(elsewhere, 'web', ['id'], quiet)).rejects.toThrow(/k8s-w9, which has no kubelet/);
  await lab.kubelet.stop();
});
