import { expect, test } from '@playwright/test';
import { parseAllDocuments } from 'yaml';
import type { Executor } from '../../../helpers/exec.ts';
import { bgp } from '../../topologies/bgp.ts';
import { makeCluster } from './kubeadm.ts';

const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the BGP lab has no cluster');
const hash = `sha256:${'0a'.repeat(32)}`;
const join = `kubeadm join 192.168.10.100:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${hash} \n`;

/** Machines on which kubeadm does what it does, or fails; they keep what was done to them. */
class Machines {
  readonly calls: string[] = [];
  readonly files = new Map<string, string>();
  failing: string | undefined;

  readonly on = (name: string): Executor => ({
    name,
    exec: async (argv, options) => {
      const line = argv.join(' ');
      const file = (path: string): string => `${name}:${path}`;
      const ok = (stdout = '') => ({ code: 0, stdout, stderr: '' });
      if (argv[0] === 'test') return { ...ok(), code: this.files.has(file(argv.at(-1) ?? '')) ? 0 : 1 };
      if (argv[0] === 'cat') return ok(this.files.get(file(argv.at(-1) ?? '')));
      if (argv[0] === 'sh') {
        this.files.set(file(argv.at(-1) ?? ''), options?.input ?? '');
        return ok();
      }
      this.calls.push(`${name}: ${line}`);
      if (`${name}: ${line}`.startsWith(this.failing ?? 'nothing')) {
        const stderr = 'error execution phase preflight: [ERROR Port-6443]: Port 6443 is in use\n';
        return { code: 1, stdout: '', stderr };
      }
      if (line.startsWith('kubeadm init')) this.files.set(file('/etc/kubernetes/admin.conf'), 'kubeconfig');
      if (line.startsWith('kubeadm join')) this.files.set(file('/etc/kubernetes/kubelet.conf'), '');
      return ok(line.startsWith('kubeadm token') ? join : '');
    },
    start: () => Promise.reject(new Error('nothing is started here')),
  });
}

const make = (machines: Machines): Promise<string> => makeCluster(bgp, cluster, machines.on, () => {});
const config = 'kubeadm KIND --config /etc/kubernetes/conformance.yaml';

test('control plane first, then its nodes, with a token of this cluster', async () => {
  const machines = new Machines();
  expect(await make(machines)).toBe('kubeconfig');
  expect(machines.calls).toEqual([
    `k8s-ctr: ${config.replace('KIND', 'init')}`,
    'k8s-ctr: kubeadm token create --ttl 15m --print-join-command',
    `k8s-w1: ${config.replace('KIND', 'join')}`,
    `k8s-w0: ${config.replace('KIND', 'join')}`,
  ]);
  const written = (node: string): unknown[] =>
    parseAllDocuments(machines.files.get(`${node}:/etc/kubernetes/conformance.yaml`) ?? '').map(
      document => document.toJS() as unknown,
    );
  expect(written('k8s-ctr')).toMatchObject([{ kind: 'InitConfiguration' }, { kind: 'ClusterConfiguration' }]);
  expect(written('k8s-w0')).toMatchObject([
    {
      kind: 'JoinConfiguration',
      discovery: { bootstrapToken: { token: 'abcdef.0123456789abcdef', caCertHashes: [hash] } },
      nodeRegistration: { name: 'k8s-w0', kubeletExtraArgs: [{ name: 'node-ip', value: '192.168.20.100' }] },
    },
  ]);
});

test('a second time, nothing is done', async () => {
  const machines = new Machines();
  await make(machines);
  machines.calls.length = 0;
  expect(await make(machines)).toBe('kubeconfig');
  expect(machines.calls).toEqual([]);
});

test("what fails is reset, says kubeadm's own words, and is all that is done again", async () => {
  const machines = new Machines();
  machines.failing = 'k8s-w0: kubeadm join';
  await expect(make(machines)).rejects.toThrow(/on k8s-w0: kubeadm join[\s\S]*Port 6443 is in use/);
  expect(machines.calls.at(-1)).toBe(
    'k8s-w0: kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock',
  );
  machines.failing = undefined;
  machines.calls.length = 0;
  await make(machines);
  expect(machines.calls.map(call => call.split(' --')[0])).toEqual([
    'k8s-ctr: kubeadm token create',
    'k8s-w0: kubeadm join',
  ]);
});
