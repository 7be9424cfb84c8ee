import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { type ChartValues, nested } from '../../../helpers/cilium/values.ts';
import type { Executor } from '../../../helpers/exec.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { hostAddress, type Topology } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { mesh } from '../../topologies/mesh.ts';
import { installCilium } from './cilium.ts';

/** Clusters after kubeadm, on a machine whose helm and kubectl do as they are told; everything is noted, in order. */
function clusters(topology: Topology, calls: string[], values: ChartValues[]) {
  const tools: Executor = {
    name: 'this machine',
    exec: async (argv, options) => {
      const line = argv.join(' ');
      if (line.startsWith('helm upgrade')) {
        calls.push(
          `helm ${argv.at(argv.indexOf('--version') + 1)} into ${argv.at(argv.indexOf('--kubeconfig') + 1)}`,
        );
        values.push(parse(options?.input ?? '') as ChartValues);
      }
      return { code: 0, stdout: line.startsWith('helm list') ? '[]' : '', stderr: '' };
    },
    start: () => Promise.reject(new Error('nothing is started here')),
  };
  const api = (name: string): KubeApi => {
    const spec = topology.clusters.find(cluster => cluster.name === name);
    const taints = [
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
      { key: 'kept', effect: 'NoSchedule' },
    ];
    const nodes = (spec?.nodes ?? []).map(node => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node },
      spec: node === spec?.controlPlane ? { taints } : {},
      status: { addresses: [{ type: 'InternalIP', address: hostAddress(topology, node) }] },
    }));
    const agents = nodes.map(({ metadata }) => ({
      metadata: { name: `cilium-${metadata.name}` },
      spec: { nodeName: metadata.name },
    }));
    const refuse = () => Promise.reject(new Error('nobody asks for this'));
    // Objects of whatever type is asked for: what is not a node here is the certificate authority.
    const found = (type: ResourceType, wanted: string): KubeObject | undefined =>
      type.plural === 'nodes'
        ? nodes.find(({ metadata }) => metadata.name === wanted)
        : ({
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: wanted },
            data: { 'ca.crt': name },
          } as KubeObject);
    return {
      get: async (type, wanted) => found(type, wanted) as never,
      list: async type => (type.plural === 'nodes' ? nodes : agents) as never,
      apply: async (type, object) => {
        const { data } = object as { data?: Record<string, string> };
        calls.push(`${type.plural} ${object.metadata.name} of ${data?.['ca.crt']} into ${name}`);
        return object;
      },
      patch: async (type, wanted, _, patch) => {
        calls.push(`${type.plural} ${wanted}: ${JSON.stringify(patch)}`);
        return found(type, wanted) as never;
      },
      logs: refuse,
      executor: () => ({ name: 'agent', exec: refuse, start: refuse }),
      exec: async () => ({
        code: 0,
        stdout: JSON.stringify({
          'cluster-mesh': { clusters: topology.clusters.map(each => ({ name: each.name, ready: true })) },
        }),
        stderr: '',
      }),
      create: refuse,
      patchStatus: refuse,
      applyServerSide: refuse,
      delete: refuse,
      watchUntil: refuse,
      scale: refuse,
      evict: refuse,
      close: () => void calls.push(`closed ${name}`),
    };
  };
  return {
    topology,
    tools,
    kubeconfig: ({ name }: { name: string }) => `/labs/${name}.kubeconfig`,
    connect: ({ name }: { name: string }) => api(name),
  };
}

test("the control plane is to run pods, and Cilium comes with the documents' values", async () => {
  const calls: string[] = [];
  const values: ChartValues[] = [];
  await installCilium(clusters(bgp, calls, values), '1.18.0', () => {});
  expect(calls).toEqual([
    'nodes k8s-ctr: {"spec":{"taints":[{"key":"kept","effect":"NoSchedule"}]}}',
    'helm 1.18.0 into /labs/default.kubeconfig',
    'closed default',
  ]);
  expect(values[0]).toMatchObject(
    nested({ 'bgpControlPlane.enabled': true, k8sServiceHost: '192.168.10.100' }),
  );
});

test("the mesh: the second cluster has the first one's authority before Cilium comes, and both are waited for", async () => {
  const calls: string[] = [];
  const progress: string[] = [];
  await installCilium(clusters(mesh, calls, []), '1.17.6', line => progress.push(line));
  const withoutTaints = calls.filter(call => !call.startsWith('nodes'));
  expect(withoutTaints).toEqual([
    'helm 1.17.6 into /labs/west.kubeconfig',
    'secrets cilium-ca of west into east',
    'helm 1.17.6 into /labs/east.kubeconfig',
    'closed west',
    'closed east',
  ]);
  expect(progress.slice(-2)).toEqual(['mesh: west connects to east', 'mesh: east connects to west']);
});
