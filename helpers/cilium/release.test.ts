import { expect, test } from '@playwright/test';
import type { ExecResult, Executor } from '../exec.ts';
import { type CiliumRelease, ciliumRelease, type ReleaseOptions } from './release.ts';
import { merged, nested } from './values.ts';

interface Tools extends Executor {
  /** Command lines without what every one of them has, input after `<`. */
  readonly ran: string[];
}

type Answer = string | Partial<ExecResult>;

/** helm and kubectl that answer by the start of their command line; several answers are given in turn. */
function tools(answers: Record<string, Answer | Answer[]>): Tools {
  const ran: string[] = [];
  const always = / --namespace kube-system --kubeconfig \/k( --(kube-)?context lab)?/;
  return {
    name: 'here',
    ran,
    exec: async (argv, { input } = {}) => {
      const line = argv.join(' ').replace(always, '');
      ran.push(input === undefined ? line : `${line} < ${input}`);
      const key = Object.keys(answers).find(start => line.startsWith(start)) ?? '';
      const known = answers[key];
      const answer = Array.isArray(known) ? (known.length > 1 ? known.shift() : known[0]) : known;
      return {
        code: 0,
        stdout: '',
        stderr: '',
        ...(typeof answer === 'string' ? { stdout: answer } : answer),
      };
    },
    start: () => Promise.reject(new Error('nothing here is started')),
  };
}

const releaseOf = (shell: Tools, options: Partial<ReleaseOptions> = {}): CiliumRelease =>
  ciliumRelease({ tools: shell, kubeconfig: '/k', context: 'lab', ...options });

const listed =
  '[{"name":"cilium","namespace":"kube-system","revision":"1","status":"deployed","chart":"cilium-1.18.0","app_version":"1.18.0"}]';
const agents = '{"status":{"desiredNumberScheduled":3,"numberReady":2,"updatedNumberScheduled":3}}';
const readConfiguration = 'kubectl get configmap cilium-config --output jsonpath={.data} --ignore-not-found';
const rolledOut = [
  'kubectl rollout status daemonset/cilium --timeout=300s',
  'kubectl rollout status deployment/cilium-operator --timeout=300s',
];
const upgrade = (version: string): string =>
  `helm upgrade cilium cilium --install --version ${version} --repo https://helm.cilium.io --reset-values --values - --timeout 300s`;

test('an installation is one idempotent command, and waits for agents and operator', async () => {
  const shell = tools({});

  await releaseOf(shell).install('1.18.0', { k8sServiceHost: '192.168.10.100' });

  expect(shell.ran).toEqual([
    readConfiguration,
    `${upgrade('1.18.0')} < {"k8sServiceHost":"192.168.10.100"}`,
    readConfiguration,
    ...rolledOut,
  ]);
});

test('configuring lays values over those of the installation, and restarts what reads them', async () => {
  const shell = tools({
    'helm get values': '{"loadBalancer":{"mode":"snat"},"debug":true}',
    'helm list': listed,
    'kubectl get daemonset': agents,
    'kubectl get configmap': ['{"mode":"snat"}', '{"mode":"dsr"}'],
  });
  const release = releaseOf(shell);

  await release.configure(nested({ 'loadBalancer.mode': 'dsr' }));

  expect(shell.ran.slice(-4)).toEqual([
    readConfiguration,
    'kubectl rollout restart daemonset/cilium deployment/cilium-operator',
    ...rolledOut,
  ]);
  expect(shell.ran).toContain(`${upgrade('1.18.0')} < {"loadBalancer":{"mode":"dsr"},"debug":true}`);

  await release.configure({});
  expect(shell.ran).toContain(`${upgrade('1.18.0')} < {"loadBalancer":{"mode":"snat"},"debug":true}`);
  expect(shell.ran.filter(line => line.startsWith('helm get values'))).toHaveLength(1);
});

test('nothing is restarted when the configuration stays what it is', async () => {
  const shell = tools({
    'helm list': listed,
    'helm get values': 'null',
    'kubectl get configmap': '{"a":"b"}',
  });

  await releaseOf(shell).configure({});

  expect(shell.ran.filter(line => line.includes('rollout restart'))).toEqual([]);
});

test('an upgrade keeps the values; a chart in a folder has no repository', async () => {
  const shell = tools({ 'helm get values': '{"debug":true}' });

  await releaseOf(shell, { chart: '/charts/cilium' }).upgrade('1.19.6');

  expect(shell.ran).toContain(
    'helm upgrade cilium /charts/cilium --install --version 1.19.6 --reset-values --values - --timeout 300s < {"debug":true}',
  );
});

test('the state of a release, and of one that is not there', async () => {
  const shell = tools({ 'helm list': listed, 'kubectl get daemonset': agents });
  expect(await releaseOf(shell).status()).toEqual({
    version: '1.18.0',
    state: 'deployed',
    agents: { wanted: 3, ready: 2, updated: 3 },
  });

  const none = tools({ 'helm list': '[]' });
  expect(await releaseOf(none).status()).toEqual({
    version: undefined,
    state: undefined,
    agents: { wanted: 0, ready: 0, updated: 0 },
  });
  await expect(releaseOf(none).configure({})).rejects.toThrow(/no release cilium in namespace kube-system/);
});

test('agents that do not get ready are shown', async () => {
  const shell = tools({
    'kubectl rollout status': { code: 1, stderr: 'error: timed out waiting for the condition' },
    'kubectl get pods': 'cilium-x7k2p   0/1   CrashLoopBackOff   5   3m   192.168.10.101   k8s-w1\n',
  });

  await expect(releaseOf(shell).restartAgents()).rejects.toThrow(
    /does not get ready: [\s\S]*timed out waiting[\s\S]*cilium-x7k2p/,
  );
});

test("helm's own words come through", async () => {
  const stderr = 'Error: chart "cilium" version "9.9.9" not found in https://helm.cilium.io repository';
  const shell = tools({ 'helm upgrade': { code: 1, stderr } });

  await expect(releaseOf(shell).install('9.9.9', {})).rejects.toThrow(
    /helm upgrade[\s\S]*version "9.9.9" not found/,
  );
});

test('values: flat paths are nested, later ones win, lists are replaced', () => {
  expect(nested({ 'a.b': 1, 'a.c.d': 'x', e: true })).toEqual({ a: { b: 1, c: { d: 'x' } }, e: true });
  expect(merged({ a: { b: [1, 2], c: 1 } }, { a: { b: [3] }, d: null })).toEqual({
    a: { b: [3], c: 1 },
    d: null,
  });
});
