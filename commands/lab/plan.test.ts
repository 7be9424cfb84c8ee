import path from 'node:path';
import { expect, test } from '@playwright/test';
import { neverHere, type Recording, readRecording } from '../../lab/providers/existing/footprint.ts';
import { readInventory } from '../../lab/providers/existing/inventory.ts';
import { claimById, claims } from '../../tests/catalogue/index.ts';
import { planOf } from './plan.ts';

const inventory = readInventory(
  path.join(import.meta.dirname, '../../lab/providers/existing/lab.example.yaml'),
);
const recording: Recording = {
  requests: { bgp: [], mesh: [] },
  claims: {
    'baseline-bgp': {
      objects: ['Deployment webpod', 'CiliumBGPPeerConfig cilium-peer (cluster)'],
      looks: ['node: ip rule show'],
      changes: { 'label-nodes': [] },
    },
    'LB-02': {
      objects: ['Deployment webpod', 'Secret password (in kube-system)', 'Service webpod-lb'],
      looks: ['node: ip rule show', 'node: ip -j route show table main', "Cilium's pods: cilium-dbg status"],
      changes: { 'label-nodes': [], 'router-neighbors': ['router: vtysh -c {script}'] },
    },
    'LB-06': { objects: ['Deployment webpod'], looks: [], changes: { 'label-nodes': [] } },
    'LB-09': { objects: [], looks: [], changes: { 'router-settings': [] } },
    'LB-11': { objects: [], looks: [], changes: { 'router-settings': [] } },
  },
};

test('each claim with what it would do beside what every run does; then what is not run, by its reason', () => {
  const ids = ['LB-02', 'LB-06', 'LB-09', 'LB-11', 'BGP-13', 'BGP-23', 'MESH-01', 'LB-03'];

  const plan = planOf(inventory, ids.map(claimById), recording);

  expect(plan.slice(plan.indexOf('Every run'))).toBe(
    [
      'Every run, before its first claim and after its last',
      '  creates    Namespace cilium-conformance, unless it is there with our label',
      '             Deployment webpod in cilium-conformance',
      '             CiliumBGPPeerConfig cilium-peer (cluster)',
      '  changes    label-nodes: set the label enable-bgp on nodes, and take it off again',
      '  looks at   the objects that the least rights (rbac.yaml) let it list, machines and FRR, to compare them afterwards',
      '             on each node: ip rule show',
      '',
      `LB-02  ${claimById('LB-02').title}`,
      '  creates    Secret password (in kube-system)',
      '             Service webpod-lb in cilium-conformance',
      "  changes    router-neighbors: make the nodes neighbours of the router's BGP, reset and remove these",
      '               on the router: vtysh -c {script}',
      '  looks at   on each node: ip -j route show table main',
      "             in Cilium's pods: cilium-dbg status",
      '',
      `LB-06  ${claimById('LB-06').title}`,
      '  looks at   what every run does',
      '',
      'Not run',
      "  it needs router-settings in the inventory's allow",
      '    LB-09, LB-11',
      '  it disrupts, and is run only when asked for by name: LAB_DISRUPTIVE=…, or disruptive in the inventory',
      '    BGP-13',
      '  nobody pulls cables of an existing lab (cut-links)',
      '    BGP-23',
      '  the inventory is of topology bgp, and the claim of mesh',
      '    MESH-01',
      '  what it does to a lab has not been recorded (npm run footprint)',
      '    LB-03',
      '',
    ].join('\n'),
  );
  expect(plan).toContain('Plan for ');
  expect(plan).toContain(': 2 of 8 claims. Nothing was connected to, nothing was changed.');
  expect(plan).toContain('Nodes: k8s-ctr, k8s-w1, k8s-w0. Router: router.');
});

test('every claim that can be run on an existing lab has been recorded: npm run footprint -- ID', () => {
  const recorded = readRecording().claims;
  const runnable = claims.filter(
    ({ planned, system, needs }) =>
      planned === undefined && system === undefined && !needs.some(need => need in neverHere),
  );

  expect(runnable.map(({ id }) => id).filter(id => recorded[id] === undefined)).toEqual([]);
  expect(runnable.length).toBeGreaterThan(100);
});
