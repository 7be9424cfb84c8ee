import { expect } from '@playwright/test';
import { cluster, minor, rows, test } from './kubectl-fixtures.ts';
import { deployment, service, widget, widgets } from './kubectl-manifests.ts';

// Each test starts a dozen kubectl; on a busy machine one can take seconds.
test.describe.configure({ timeout: 180_000 });

test.skip(
  minor === undefined,
  'kubectl is not here: apt-get install kubernetes-client (lab/setup/packages.sh does where it can be had)',
);

test('apply creates, changes and leaves alone; wait and get see it', async ({ run, ok }) => {
  expect((await run(['apply', '-f', '-'], deployment(2))).stdout).toBe('deployment.apps/webpod created\n');
  expect((await run(['apply', '-f', '-'], deployment(2))).stdout).toBe('deployment.apps/webpod unchanged\n');
  expect((await run(['apply', '-f', '-'], deployment(3))).stdout).toBe('deployment.apps/webpod configured\n');
  await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
  await ok('wait', '--for=condition=Available', 'deployment/webpod', '--timeout=20s');
  expect(rows(await ok('get', 'deployments'))).toEqual([
    ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
    ['webpod', '3/3', '3', '3', expect.stringMatching(/^\d+s$/)],
  ]);
  const [header, ...pods] = rows(await ok('get', 'pods', '-o', 'wide'));
  expect(header?.slice(0, 7)).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE']);
  expect(
    pods.map(pod => [pod[1], pod[2], pod[6]]).sort((a, b) => String(a).localeCompare(String(b))),
  ).toEqual([...cluster.nodes].sort((a, b) => a.localeCompare(b)).map(node => ['1/1', 'Running', node]));
});

test('apply of a custom resource: its definition, its columns, explain, and what breaks its schema', async ({
  run,
  ok,
}) => {
  await run(['apply', '-f', '-'], widgets);
  await ok('wait', '--for=condition=Established', 'crd/widgets.example.com', '--timeout=10s');
  expect((await run(['apply', '-f', '-'], widget({ size: 2, parts: [{ name: 'lid' }] }))).stdout).toBe(
    'widget.example.com/one created\n',
  );
  expect(rows(await ok('get', 'wd', '-o', 'wide'))).toEqual([
    ['NAME', 'SIZE', 'PARTS'],
    ['one', '2', 'lid'],
  ]);
  const { code, stderr } = await run(['apply', '-f', '-'], widget({ size: 0 }));
  expect(code).toBe(1);
  expect(stderr).toContain('spec.size: Invalid value: 0');
  expect(await ok('api-resources', '--api-group=example.com', '-o', 'name')).toBe('widgets.example.com\n');
});

test('unknown fields are refused by name', async ({ run }) => {
  test.skip((minor ?? 0) < 25, 'kubectl before 1.25 asks for no validation by the server');
  await run(['apply', '-f', '-'], widgets);
  const { code, stderr } = await run(['apply', '-f', '-'], widget({ size: 1, colour: 'red' }));
  expect(code).toBe(1);
  expect(stderr).toContain('unknown field "spec.colour"');
  const misspelt = await run(['apply', '-f', '-'], service({ externalTraficPolicy: 'Local' }));
  expect(misspelt.stderr).toContain('unknown field "spec.externalTraficPolicy"');
});

test('the three patches', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], service({}));
  const policy = () => ok('get', 'service', 'webpod', '-o', 'jsonpath={.spec.externalTrafficPolicy}');
  expect(await policy()).toBe('Cluster');
  await ok('patch', 'service', 'webpod', '-p', '{"spec":{"externalTrafficPolicy":"Local"}}');
  expect(await policy()).toBe('Local');
  const merge = '{"spec":{"externalTrafficPolicy":"Cluster","sessionAffinity":"ClientIP"}}';
  await ok('patch', 'service', 'webpod', '--type=merge', '-p', merge);
  expect(await policy()).toBe('Cluster');
  await ok(
    'patch',
    'service',
    'webpod',
    '--type=json',
    '-p',
    '[{"op":"replace","path":"/spec/externalTrafficPolicy","value":"Local"}]',
  );
  expect(await policy()).toBe('Local');
  const refused = await run(['patch', 'service', 'webpod', '-p', '{"spec":{"externalTrafficPolicy":"Far"}}']);
  expect(refused.stderr).toContain(
    'spec.externalTrafficPolicy: Unsupported value: "Far": supported values: "Cluster", "Local"',
  );
});

test('label, annotate, selectors', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], deployment(2));
  await run(['apply', '-f', '-'], service({}));
  await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
  await ok('label', 'service', 'webpod', 'color=blue');
  expect((await run(['label', 'service', 'webpod', 'color=red'])).code).toBe(1);
  await ok('label', 'service', 'webpod', 'color=red', '--overwrite');
  await ok('annotate', 'service', 'webpod', 'lbipam.cilium.io/ips=172.16.1.7');
  const ips = 'jsonpath={.metadata.annotations.lbipam\\.cilium\\.io/ips}';
  expect(await ok('get', 'service', 'webpod', '-o', ips)).toBe('172.16.1.7');
  expect(await ok('get', 'services', '-l', 'color in (red,green)', '-o', 'name')).toBe('service/webpod\n');
  expect(await ok('get', 'services', '-l', 'color!=red', '-o', 'name')).toBe('');
  await ok('label', 'service', 'webpod', 'color-');
  expect(await ok('get', 'services', '-l', 'color', '-o', 'name')).toBe('');
  const running = await ok('get', 'pods', '--field-selector', 'status.phase=Running', '-o', 'name');
  expect(running.trim().split('\n')).toHaveLength(2);
  expect(await ok('get', 'pods', '--field-selector', 'status.phase=Failed', '-o', 'name')).toBe('');
});

test('scale, delete with wait, and not found', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], deployment(1));
  await ok('scale', 'deployment', 'webpod', '--replicas=4');
  await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
  expect(await ok('get', 'deployment', 'webpod', '-o', 'jsonpath={.status.readyReplicas}')).toBe('4');
  await ok('delete', 'deployment', 'webpod', '--timeout=20s');
  await expect.poll(() => ok('get', 'pods', '-o', 'name')).toBe('');
  const { code, stderr } = await run(['get', 'deployment', 'webpod']);
  expect([code, stderr]).toEqual([1, 'Error from server (NotFound): deployments.apps "webpod" not found\n']);
});

test('describe of what people describe', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], deployment(1));
  await run(['apply', '-f', '-'], service({}));
  await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
  expect(await ok('describe', 'service', 'webpod')).toMatch(/External Traffic Policy:\s+Cluster/);
  expect(await ok('describe', 'deployment', 'webpod')).toMatch(
    /1 desired \| 1 updated \| 1 total \| 1 available/,
  );
  expect(await ok('describe', 'pods')).toMatch(/Image:\s+traefik\/whoami/);
  expect(await ok('describe', 'node', cluster.controlPlane)).toMatch(/InternalIP:\s+192\.168\.10\.100/);
});

test('exec and logs', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], deployment(1));
  await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
  const [pod = ''] = (await ok('get', 'pods', '-o', 'name')).trim().split('\n');
  expect(await ok('exec', pod, '--', 'sh', '-c', 'echo out; echo err >&2')).toBe('out\n');
  const failed = await run(['exec', pod, '--', 'sh', '-c', 'echo err >&2; exit 7']);
  expect([failed.code, failed.stderr]).toEqual([7, expect.stringContaining('err\n')]);
  const echoed = await run(['exec', '-i', pod, '--', 'cat'], 'from stdin\n');
  expect(echoed).toMatchObject({ code: 0, stdout: 'from stdin\n' });
  expect(await ok('logs', pod)).toBe('first line\nlast line\n');
});

test('a dry run leaves nothing', async ({ run, ok }) => {
  test.skip(
    (minor ?? 0) < 27,
    'kubectl before 1.27 asks the schemas of OpenAPI v2 whether there are dry runs',
  );
  const dry = await run(['apply', '--dry-run=server', '-f', '-'], deployment(1));
  expect(dry.stdout).toBe('deployment.apps/webpod created (server dry run)\n');
  expect(await ok('get', 'deployments', '-o', 'name')).toBe('');
});

test('-o yaml, json and name', async ({ run, ok }) => {
  await run(['apply', '-f', '-'], deployment(1));
  expect(await ok('get', 'deployments', '-o', 'name')).toBe('deployment.apps/webpod\n');
  expect(await ok('get', 'deployment', 'webpod', '-o', 'yaml')).toMatch(
    /^apiVersion: apps\/v1\nkind: Deployment\n/,
  );
  const { items } = JSON.parse(await ok('get', 'deployments', '-o', 'json')) as { items: { kind: string }[] };
  expect(items.map(({ kind }) => kind)).toEqual(['Deployment']);
});

test('api-resources, api-versions, version and who may do what', async ({ ok }) => {
  expect(rows(await ok('api-resources', '--api-group=apps'))).toContainEqual([
    'deployments',
    'deploy',
    'apps/v1',
    'true',
    'Deployment',
  ]);
  expect((await ok('api-versions')).split('\n')).toEqual(
    expect.arrayContaining(['apps/v1', 'discovery.k8s.io/v1', 'v1']),
  );
  const { serverVersion } = JSON.parse(await ok('version', '-o', 'json')) as {
    serverVersion: { gitVersion: string };
  };
  expect(serverVersion.gitVersion).toBe('v1.33.2');
  expect(await ok('auth', 'can-i', 'delete', 'nodes')).toBe('yes\n');
});

test('what kubectl makes by itself, as protocol buffers from 1.32 on', async ({ ok }) => {
  test.skip((minor ?? 0) < 28, 'kubectl before 1.28 has neither create token nor auth whoami');
  expect(await ok('create', 'token', 'default')).toMatch(/^\S+\s*$/);
  expect(await ok('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
  for (const [kind, ...rest] of [
    ['job', 'j', '--image=curl'],
    ['deployment', 'd', '--image=curl'],
    ['service', 'clusterip', 's', '--tcp=80'],
    ['secret', 'generic', 's', '--from-literal=key=value'],
    ['role', 'r', '--verb=get', '--resource=pods'],
    ['quota', 'q', '--hard=pods=3'],
    ['poddisruptionbudget', 'p', '--selector=app=x', '--min-available=1'],
    ['ingress', 'i', '--rule=host/path=s:80'],
  ] as const) {
    expect(await ok('create', kind, ...rest)).toMatch(/ created\n$/);
  }
  expect(await ok('get', 'secret', 's', '-o', 'jsonpath={.data.key}')).toBe('dmFsdWU=');
  expect(await ok('get', 'job', 'j', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
    'curl',
  );
  expect(await ok('get', 'quota', 'q', '-o', 'jsonpath={.spec.hard.pods}')).toBe('3');
  expect(await ok('get', 'pdb', 'p', '-o', 'jsonpath={.spec.minAvailable}')).toBe('1');
});

test('server-side apply: the other manager is named, and --force-conflicts takes over', async ({
  run,
  ok,
}) => {
  const apply = (manager: string, spec: object, ...flags: string[]) =>
    run(['apply', '--server-side', `--field-manager=${manager}`, ...flags, '-f', '-'], service(spec));
  expect(await apply('alice', { externalTrafficPolicy: 'Local' })).toMatchObject({
    code: 0,
    stdout: 'service/webpod serverside-applied\n',
  });
  const refused = await apply('bob', { externalTrafficPolicy: 'Cluster' });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('conflict with "alice": .spec.externalTrafficPolicy');
  expect(await apply('bob', { externalTrafficPolicy: 'Cluster' }, '--force-conflicts')).toMatchObject({
    code: 0,
  });
  expect(await ok('get', 'service', 'webpod', '-o', 'jsonpath={.spec.externalTrafficPolicy}')).toBe(
    'Cluster',
  );
});

test('from client-side to server-side apply, and a field left out', async ({ run, ok }) => {
  test.skip((minor ?? 0) < 26, 'kubectl before 1.26 leaves what it applied client-side to its former self');
  await run(['apply', '-f', '-'], deployment(2, { labels: { tier: 'front', old: 'yes' } }));
  const moved = await run(
    ['apply', '--server-side', '-f', '-'],
    deployment(3, { labels: { tier: 'front' } }),
  );
  expect(moved).toMatchObject({ code: 0, stdout: 'deployment.apps/webpod serverside-applied\n' });
  expect(await ok('get', 'deployment', 'webpod', '-o', 'jsonpath={.spec.replicas}')).toBe('3');
  await run(['apply', '--server-side', '-f', '-'], deployment(3));
  expect(await ok('get', 'deployment', 'webpod', '-o', 'jsonpath={.metadata.labels.tier}')).toBe('');
});

test.describe('nodes', () => {
  test.describe.configure({ mode: 'serial' });

  test('drain, uncordon', async ({ run, ok }) => {
    await run(['apply', '-f', '-'], deployment(3));
    await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
    const [node = ''] = cluster.nodes.filter(name => name !== cluster.controlPlane);
    expect(await ok('drain', node, '--ignore-daemonsets', '--timeout=20s')).toMatch(
      new RegExp(`^node/${node} (drained|evicted)$`, 'm'),
    );
    expect(rows(await ok('get', 'node', node))[1]?.slice(0, 2)).toEqual([node, 'Ready,SchedulingDisabled']);
    await ok('rollout', 'status', 'deployment/webpod', '--timeout=20s');
    const places = await ok('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}');
    expect(places.split(' ')).not.toContain(node);
    await ok('uncordon', node);
    expect(rows(await ok('get', 'node', node))[1]?.[1]).toBe('Ready');
  });
});
