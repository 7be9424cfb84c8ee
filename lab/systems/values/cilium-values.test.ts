import { expect, test } from '@playwright/test';
import { Ajv } from 'ajv';
import { chart, checked, type HelmValues, isIn, type Row } from '../../../helpers/cilium/chart.ts';
import { type ChartValue, nested } from '../../../helpers/cilium/values.ts';
import type { Topology } from '../../contract/topology.ts';
import { charts, noSharedData } from '../../testing/shared.ts';
import { bgp } from '../../topologies/bgp.ts';
import { asInstalled, geneveDsr, geneveTunnel, vxlanTunnel } from '../../topologies/manifests.ts';
import { mesh } from '../../topologies/mesh.ts';
import { labValues } from '../cilium/config.ts';
import { effective, resolve } from './cilium-values.ts';

const clusterOf = (topology: Topology, name: string) => {
  const found = topology.clusters.find(cluster => cluster.name === name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
};

test('the BGP lab is installed as in the documents', () => {
  // The documents' `helm install`, week 5, "[TASK 7] Install Cilium CNI".
  const documented = {
    k8sServiceHost: '192.168.10.100',
    k8sServicePort: 6443,
    'ipam.mode': 'cluster-pool',
    'ipam.operator.clusterPoolIPv4PodCIDRList': ['172.20.0.0/16'],
    ipv4NativeRoutingCIDR: '172.20.0.0/16',
    routingMode: 'native',
    autoDirectNodeRoutes: false,
    'bgpControlPlane.enabled': true,
    kubeProxyReplacement: true,
    'bpf.masquerade': true,
    installNoConntrackIptablesRules: true,
    'endpointHealthChecking.enabled': false,
    healthChecking: false,
    'hubble.enabled': true,
    'hubble.relay.enabled': true,
    'hubble.ui.enabled': true,
    'hubble.ui.service.type': 'NodePort',
    'hubble.ui.service.nodePort': 30003,
    'prometheus.enabled': true,
    'operator.prometheus.enabled': true,
    'hubble.metrics.enableOpenMetrics': true,
    'operator.replicas': 1,
    'debug.enabled': true,
  };
  const values = resolve(bgp, clusterOf(bgp, 'default'), {}, {}, '1.18.0');
  expect(values).toMatchObject(documented);
  // Beyond them: the chart's default, spelt out, and the metrics, which the documents give as one argument.
  expect(Object.keys(values).filter(path => !(path in documented))).toEqual([
    'ipam.operator.clusterPoolIPv4MaskSize',
    'hubble.metrics.enabled',
  ]);
});

test('the mesh is installed, enabled and connected as in the documents', () => {
  // `cilium install` of west, and what `helm get values` printed there after enable and connect.
  const west = resolve(mesh, clusterOf(mesh, 'west'), {}, {}, '1.17.6');
  expect(west).toEqual({
    k8sServiceHost: '172.18.0.3',
    k8sServicePort: 6443,
    'ipam.mode': 'kubernetes',
    kubeProxyReplacement: true,
    'bpf.masquerade': true,
    'endpointHealthChecking.enabled': false,
    healthChecking: false,
    'operator.replicas': 1,
    'debug.enabled': true,
    routingMode: 'native',
    autoDirectNodeRoutes: true,
    ipv4NativeRoutingCIDR: '10.0.0.0/16',
    'ipMasqAgent.enabled': true,
    'ipMasqAgent.config.nonMasqueradeCIDRs': ['10.1.0.0/16'],
    'cluster.name': 'west',
    'cluster.id': 1,
    'clustermesh.useAPIServer': true,
    'clustermesh.apiserver.kvstoremesh.enabled': false,
    'clustermesh.apiserver.service.type': 'NodePort',
    'clustermesh.apiserver.service.nodePort': 32379,
    'clustermesh.config.enabled': true,
    'clustermesh.config.clusters': [{ name: 'east', port: 32379, ips: ['172.18.0.5'] }],
  });
  expect(resolve(mesh, clusterOf(mesh, 'east'), {}, {}, '1.17.6')).toMatchObject({
    'cluster.name': 'east',
    'cluster.id': 2,
    ipv4NativeRoutingCIDR: '10.1.0.0/16',
    'clustermesh.config.clusters': [{ name: 'west', port: 32379, ips: ['172.18.0.3'] }],
  });
});

/** The chart knows nothing of what is below these. */
const freeForm = ['ipMasqAgent.config.'];

/** Later charts of a minor version got a value that the lab knows from the next one on. */
const early = ['1.18.12 bgpControlPlane.legacyOriginAttribute.enabled', '1.19.6 clustermesh.mcsapi.enabled'];

/** Values of each kind that the lab lets through. */
const samples = (kind: Row['kind']): readonly ChartValue[] =>
  typeof kind === 'object'
    ? kind
    : {
        boolean: [true, false],
        number: [1],
        string: ['some'],
        list: [['some', 'more']],
      }[kind];

/** What claims configure; the types of their own values are those of the table. */
const configured = [
  asInstalled.values,
  geneveDsr.values,
  vxlanTunnel.values,
  geneveTunnel.values,
  { 'ipMasqAgent.enabled': true, 'ipMasqAgent.config.nonMasqueradeCIDRs': ['192.168.10.200/32'] },
];

for (const { version, schema, valuePaths } of charts()) {
  const valid = new Ajv({ strict: false, allErrors: true }).compile(schema);
  const check = (values: HelmValues): void => {
    expect(valid(nested(values)), `${JSON.stringify(values)}: ${JSON.stringify(valid.errors)}`).toBe(true);
  };

  test(`chart ${version} has every value of the table, and takes what the lab takes`, () => {
    for (const [path, row] of Object.entries<Row>(chart)) {
      const has = valuePaths.has(path) || freeForm.some(free => path.startsWith(free));
      expect(has, path).toBe(isIn(row, version) || early.includes(`${version} ${path}`));
      for (const value of isIn(row, version) ? samples(row.kind) : [])
        check(checked({ [path]: value }, version));
    }
  });

  test(`chart ${version} takes every installation`, () => {
    for (const topology of [bgp, mesh]) {
      for (const cluster of topology.clusters) {
        for (const over of topology === bgp ? configured : [{}])
          check(resolve(topology, cluster, labValues(topology, cluster), over, version));
      }
    }
  });
}

test('the charts are there', () => {
  test.skip(noSharedData !== undefined, noSharedData);
  const versions = new Set(charts().map(({ version }) => version));
  expect(versions).toEqual(new Set(['1.17.6', '1.18.0', '1.18.12', '1.19.6', '1.20.0']));
});

test('what the lab cannot honour is refused, all of it in one error', () => {
  const west = clusterOf(mesh, 'west');
  const refused = (overrides: object, version = '1.18.0') => {
    expect(() => resolve(mesh, west, {}, overrides, version)).toThrow(/^helm values: /);
    return expect(() => resolve(mesh, west, {}, overrides, version));
  };
  refused({ 'l2announcements.renewDeadline': '5s' }).toThrow(
    'l2announcements.renewDeadline is not a value that the lab knows; the nearest is l2announcements.leaseRenewDeadline',
  );
  refused({ 'loadBalancer.dsrdispatch': 'geneve', routingMode: 'nativ' }).toThrow(
    /routingMode="nativ": expected tunnel or native; loadBalancer.dsrdispatch .* nearest is loadBalancer.dsrDispatch$/,
  );
  refused({ autoDirectNodeRoutes: 'yes' }).toThrow('autoDirectNodeRoutes="yes": expected a boolean');
  refused({ devices: '{eth0,eth1}' }).toThrow('devices="{eth0,eth1}": expected a list');
  refused({ 'cluster.id': '1' }).toThrow('cluster.id="1": expected a number');
  refused({ 'clustermesh.cacheTTL': '1m' }).toThrow(
    'clustermesh.cacheTTL: Cilium 1.18.0 does not have it; the lab knows it from 1.19 on',
  );
  refused({ 'clustermesh.enableMCSAPISupport': true }, '1.20.0-dev').toThrow('the lab knows it before 1.20');
});

test('later values win, lists are replaced, and the rest is as the chart has it', () => {
  const cluster = clusterOf(bgp, 'default');
  const of = (base: HelmValues, overrides: HelmValues, version = '1.18.0') =>
    effective(bgp, cluster, base, overrides, version);
  expect(of({ 'debug.enabled': false, l7Proxy: false }, { l7Proxy: true })).toMatchObject({
    routingMode: 'native',
    tunnelProtocol: 'vxlan',
    'debug.enabled': false,
    l7Proxy: true,
  });
  expect(of({ devices: ['eth0'] }, { devices: ['eth1'] }).devices).toEqual(['eth1']);
  expect(of({}, {})).toMatchObject({ 'authentication.enabled': true });
  expect(of({}, {}, '1.19.4')).toMatchObject({ 'authentication.enabled': false });
});
