import path from 'node:path';
import { expect, test } from '@playwright/test';
import { claimById } from '../../../reports/catalogue/index.ts';
import type { Recording } from './footprint.ts';
import { readInventory } from './inventory.ts';
import { planOf } from './plan.ts';

const inventory = readInventory(path.join(import.meta.dirname, 'lab.example.yaml'));
const recording: Recording = {
  requests: { bgp: [], mesh: [] },
  claims: {
    'baseline-bgp': {
      objects: ['Deployment webpod', 'CiliumBGPPeerConfig cilium-peer (cluster)'],
      commands: [],
      needs: ['label-nodes'],
    },
    'LB-02': {
      objects: ['Service webpod-lb'],
      commands: ['node: ip -j route show table main', 'router: vtysh -c {script}'],
      needs: [],
    },
    'LB-09': { objects: [], commands: [], needs: ['router-settings'] },
  },
};

test('each claim with what it would create and run, where, or why it would not', () => {
  const plan = planOf(inventory, ['LB-02', 'LB-09', 'BGP-13', 'MESH-01', 'LB-03'].map(claimById), recording);

  expect(plan).toContain(': 1 of 5 claims. Nothing was connected to, nothing was changed.');
  expect(plan).toContain(
    [
      '  creates    Deployment webpod in cilium-conformance',
      '             CiliumBGPPeerConfig cilium-peer (cluster)',
      '  changes    label-nodes: set the label enable-bgp on nodes, and take it off again',
    ].join('\n'),
  );
  expect(plan).toMatch(
    /LB-02 {2}.+\n {2}creates {4}Service webpod-lb in cilium-conformance\n {2}runs {7}on k8s-ctr, k8s-w1, k8s-w0: ip -j route show table main\n {13}on router: vtysh -c/,
  );
  expect(plan).toMatch(/LB-09 .+\n {2}not run {4}it needs router-settings in the inventory's allow/);
  expect(plan).toMatch(/BGP-13 .+\n {2}not run {4}it disrupts, and is run only when asked for by name/);
  expect(plan).toMatch(/MESH-01 .+\n {2}not run {4}it is of topology mesh/);
  expect(plan).toMatch(/LB-03 .+\n {2}not run {4}what it does to a lab has not been recorded/);
});
