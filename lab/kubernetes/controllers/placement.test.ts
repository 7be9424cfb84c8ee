import { expect, test } from '@playwright/test';
import type { Node, Pod } from '../../../helpers/kube/resources.ts';
import { place } from './placement.ts';

function node(name: string, spec: Node['spec'] = {}, ready = true): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, zone: name.slice(0, 1) } },
    spec,
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function pod(name: string, spec: Partial<Pod['spec']> = {}, owner = 'web'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      labels: { app: owner },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true },
      ],
    },
    spec: { containers: [], ...spec },
  };
}

const nodes = [node('k8s-ctr'), node('k8s-w1'), node('k8s-w0')];
const onto = (nodeName: string, name: string, owner?: string): Pod => pod(name, { nodeName }, owner);

test('pods of one owner spread, and ties go by the order of the cluster', () => {
  expect(place(pod('a'), { nodes, pods: [] })).toEqual({ node: 'k8s-ctr' });
  expect(place(pod('b'), { nodes, pods: [onto('k8s-ctr', 'a')] })).toEqual({ node: 'k8s-w1' });
  const crowded = [
    onto('k8s-ctr', 'a'),
    onto('k8s-w1', 'b'),
    ...['x', 'y'].map(x => onto('k8s-w0', x, 'other')),
  ];
  expect(place(pod('c'), { nodes, pods: crowded }), 'its own kind weighs more').toEqual({ node: 'k8s-w0' });
});

test('a terminating pod does not keep others away', () => {
  const ending = onto('k8s-ctr', 'a');
  ending.metadata.deletionTimestamp = '2025-01-01T00:00:00Z';
  expect(place(pod('b'), { nodes, pods: [ending] })).toEqual({ node: 'k8s-ctr' });
});

test('the refusal counts its reasons', () => {
  const unfit = [
    node('a', { unschedulable: true }),
    node('b', { taints: [{ key: 'dedicated', value: 'bgp', effect: 'NoSchedule' }] }),
    node('c', {}, false),
  ];
  expect(place(pod('p'), { nodes: unfit, pods: [] })).toEqual({
    refused:
      '0/3 nodes are available: 1 node(s) were unschedulable, 1 node(s) had untolerated taint {dedicated: bgp}, 1 node(s) were not ready.',
  });
  expect(place(pod('p'), { nodes: [], pods: [] })).toEqual({
    refused: 'no nodes available to schedule pods',
  });
});

test('a tolerated taint is none; a preferred one is the last resort', () => {
  const taint = { key: 'dedicated', value: 'bgp' };
  const tolerant = pod('p', { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'bgp' }] });
  const hard = [node('a', { taints: [{ ...taint, effect: 'NoSchedule' }] })];
  expect(place(tolerant, { nodes: hard, pods: [] })).toEqual({ node: 'a' });
  expect(place(pod('p'), { nodes: hard, pods: [] })).toHaveProperty('refused');
  const soft = [node('a', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }), node('b')];
  expect(place(pod('p'), { nodes: soft, pods: [onto('b', 'q')] })).toEqual({ node: 'b' });
});

test('node selector and required node affinity', () => {
  expect(
    place(pod('p', { nodeSelector: { 'kubernetes.io/hostname': 'k8s-w0' } }), { nodes, pods: [] }),
  ).toEqual({
    node: 'k8s-w0',
  });
  const terms = [
    {
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['k8s-ctr', 'k8s-w0'] }],
    },
  ];
  const required = { nodeSelectorTerms: terms };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  expect(place(pod('p', { affinity }), { nodes, pods: [] })).toEqual({ node: 'k8s-w1' });
});

test('required anti-affinity leaves one pod a node, also against those that came before', () => {
  const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const full = nodes.map(({ metadata: { name } }) => pod(`on-${name}`, { nodeName: name, affinity }));
  expect(place(pod('p', { affinity }), { nodes, pods: full.slice(0, 2) })).toEqual({ node: 'k8s-w0' });
  expect(place(pod('p', { affinity }), { nodes, pods: full })).toHaveProperty('refused');
  expect(place(pod('plain'), { nodes, pods: full }), 'they do not want it').toHaveProperty('refused');
  expect(place(pod('plain', {}, 'other'), { nodes, pods: full })).toHaveProperty('node');
});

test('required affinity follows its partner, and the first of a group that wants its own is let in', () => {
  const near = (app: string) => ({
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  });
  expect(place(pod('p', { affinity: near('db') }), { nodes, pods: [onto('k8s-w0', 'd', 'db')] })).toEqual({
    node: 'k8s-w0',
  });
  expect(place(pod('p', { affinity: near('db') }), { nodes, pods: [] })).toHaveProperty('refused');
  expect(place(pod('p', { affinity: near('web') }), { nodes, pods: [] })).toEqual({ node: 'k8s-ctr' });
});

test('a hard spread constraint holds the skew, over the nodes the pod may go to', () => {
  const topologySpreadConstraints = [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
    },
  ];
  const cordoned = [node('a'), node('b', { unschedulable: true })];
  const pods = [onto('a', 'x')];
  expect(place(pod('p', { topologySpreadConstraints }), { nodes: cordoned, pods })).toHaveProperty('refused');
  const nodeSelector = { 'kubernetes.io/hostname': 'a' };
  expect(place(pod('p', { topologySpreadConstraints, nodeSelector }), { nodes: cordoned, pods })).toEqual({
    node: 'a',
  });
});
