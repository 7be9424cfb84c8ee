import { expect } from '@playwright/test';
import { ciliumAgent } from '../../../../helpers/cilium/agent.ts';
import { output } from '../../../../helpers/exec.ts';
import { pods, secrets } from '../../../../helpers/kube/resources.ts';
import { until } from '../../../../helpers/waiting.ts';
import { ownedLabels } from '../../../topologies/manifests.ts';
import { recordedNamespace } from '../rbac.ts';
import { differences } from '../snapshot.ts';
import { type Going, type Theirs, test } from './theirs.ts';

// A run on a user's lab that is ended in the middle: what it did is taken back, by itself, by the next run, or when
// told to.

/** Whether a command on a machine of theirs prints this by now. */
async function prints(theirs: Theirs, host: string, argv: readonly string[], wanted: string): Promise<true> {
  const what = `${host} to show "${wanted}" (${argv.join(' ')})`;
  return until(what, 120_000, async () =>
    (await output(theirs.lab.host(host), argv)).includes(wanted) ? true : undefined,
  );
}

/** Ends a run and its workers at one moment, while something is so: a claim is over in seconds. */
async function killedWhen({ child, ended }: Going, isSo: () => Promise<boolean>): Promise<void> {
  const group = -(child.pid ?? 0);
  await until('the run to be where it is to be killed', 120_000, async () => {
    if (!(await isSo())) return undefined;
    process.kill(group, 'SIGSTOP');
    if (await isSo()) return true;
    process.kill(group, 'SIGCONT');
    return undefined;
  });
  process.kill(group, 'SIGKILL');
  await ended;
}

const route = ['ip', 'route', 'show', '172.20.0.0/16'];
const frrRunning = ['vtysh', '-c', 'show running-config'];

async function oursLeft({ kube }: Theirs): Promise<string[]> {
  const [label] = Object.entries(ownedLabels);
  const left = await kube.list(pods, { namespace: recordedNamespace });
  const kept = await kube.list(secrets, { namespace: 'kube-system', labelSelector: label?.join('=') ?? '' });
  return [...left, ...kept].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

test('SIGKILL with routes on nodes and settings on the router: the restore command takes all of it back', async ({
  theirs,
}) => {
  const before = await theirs.everything();
  await killedWhen(theirs.start(['LB-05', 'LB-07', 'LB-08', 'LB-09', 'LB-11', 'LB-21']), async () => {
    const [routes, policy] = await Promise.all([
      output(theirs.lab.host('k8s-w0'), route),
      output(theirs.lab.host('router'), ['sysctl', '-n', 'net.ipv4.fib_multipath_hash_policy']),
    ]);
    return routes.includes('192.168.20.200') && policy.trim() === '1';
  });
  const left = differences(before, await theirs.everything()).join('\n');
  expect(left, 'what a killed run leaves').toMatch(/new: host k8s-w0: route 172\.20\.0\.0\/16 /);
  expect(left).toMatch(/changed: host router: ECMP hash policy/);
  expect(left).toMatch(/changed: host router: FRR, running: \+ neighbor CILIUM peer-group/);
  expect(left).toMatch(/new: cluster default: CiliumBGPClusterConfig cilium-bgp/);

  const { code, printed } = await theirs.command(['restore']);

  expect(printed).toContain('an earlier run on this lab did not end well: taking back what it did');
  expect(printed).toContain('the lab is as it was before that run');
  expect(code).toBe(0);
  expect(differences(before, await theirs.everything())).toEqual([]);
  expect(await oursLeft(theirs)).toEqual([]);
  expect((await theirs.command(['restore'])).printed, 'once more there is nothing to do').toMatch(
    /^nothing of ours is left in the lab of \S+\n$/,
  );
});

test('SIGKILL with a password in FRR and a Secret in kube-system: the next run takes them back first', async ({
  theirs,
}) => {
  const before = await theirs.everything();
  const { child, ended } = theirs.start(['BGP-24'], { env: { LAB_DISRUPTIVE: 'BGP-24' } });
  await prints(theirs, 'router', frrRunning, 'neighbor CILIUM password');
  await until('a Secret of ours', 60_000, async () =>
    (await oursLeft(theirs)).some(name => name.startsWith('Secret')) ? true : undefined,
  );
  child.kill('SIGKILL');
  await ended;

  const { code, printed, report } = await theirs.run(['BGP-05']);

  expect(printed).toContain('the lab is as it was before that run');
  expect(report?.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['BGP-05 passed']);
  expect(code, printed).toBe(0);
  expect(differences(before, await theirs.everything())).toEqual([]);
  expect(await oursLeft(theirs)).toEqual([]);
});

test('SIGKILL while Cilium is configured otherwise: its values are as they were', async ({ theirs }) => {
  const status = async (): Promise<string> =>
    JSON.stringify(await ciliumAgent(theirs.kube, 'k8s-ctr').status());
  const [before, configured] = [await theirs.everything(), await status()];
  const { child, ended } = theirs.start(['DSR-07', 'DSR-08'], { controlled: true });
  await until('Cilium to be configured for DSR', 60_000, async () => {
    // An agent that is just being restarted does not answer.
    const now = await status().catch(() => configured);
    return now === configured ? undefined : true;
  });
  child.kill('SIGKILL');
  await ended;

  const { printed } = await theirs.command(['restore'], { controlled: true });

  expect(printed).toContain('the lab is as it was before that run');
  expect(await status()).toBe(configured);
  expect(differences(before, await theirs.everything())).toEqual([]);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of a claim: the run itself leaves all as it was`, async ({ theirs }) => {
    const before = await theirs.everything();
    const { child, ended } = theirs.start(['LB-09', 'LB-02']);
    await prints(theirs, 'k8s-w0', route, '192.168.20.200');
    child.kill(signal);

    const { code, printed } = await ended;

    expect(printed).toMatch(/is as it was before the run: \d+ objects/);
    expect(code).not.toBe(0);
    expect(differences(before, await theirs.everything())).toEqual([]);
    expect(await oursLeft(theirs)).toEqual([]);
  });
}

test('two runs at a time: the second is told of the first, and changes nothing', async ({ theirs }) => {
  const { ended } = theirs.start(['LB-02']);
  await prints(theirs, 'router', frrRunning, 'neighbor CILIUM peer-group');

  const second = await theirs.run(['BGP-05']);

  expect(second.printed).toMatch(/a run \(process \d+\) is using \S+least\.yaml: wait for its end/);
  expect(second.code).not.toBe(0);
  expect((await ended).report?.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['LB-02 passed']);
});
