import { expect, test } from '@playwright/test';
import { Ajv } from 'ajv';
import { type ChartValues, leafPaths, merged, nested, withLists } from '../../../helpers/cilium/values.ts';
import type { Topology } from '../../contract/topology.ts';
import { charts, noSharedData } from '../../testing/shared.ts';
import { bgp } from '../../topologies/bgp.ts';
import { asInstalled, geneveDsr, geneveTunnel, vxlanTunnel } from '../../topologies/manifests.ts';
import { mesh } from '../../topologies/mesh.ts';
import { ciliumValues } from './cilium-values.ts';

const clusterOf = (topology: Topology, name: string) => {
  const found = topology.clusters.find(cluster => cluster.name === name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
};

test('the BGP lab is installed as in the documents', () => {
  // The documents' `helm install`, week 5, "[TASK 7] Install Cilium CNI".
  const documented = nested({
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
  });
  const values = ciliumValues(bgp, clusterOf(bgp, 'default'));
  expect(values).toMatchObject(documented);
  // Beyond them: the chart's default, spelt out, and the metrics, which the documents give as one argument.
  expect(leafPaths(values).filter(path => !leafPaths(documented).includes(path))).toEqual([
    'ipam.operator.clusterPoolIPv4MaskSize',
    'hubble.metrics.enabled',
  ]);
});

test('the mesh is installed, enabled and connected as in the documents', () => {
  // `cilium install` of west, and what `helm get values` printed there after enable and connect.
  expect(ciliumValues(mesh, clusterOf(mesh, 'west'))).toEqual(
    nested({
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
    }),
  );
  expect(ciliumValues(mesh, clusterOf(mesh, 'east'))).toMatchObject({
    cluster: { name: 'east', id: 2 },
    ipv4NativeRoutingCIDR: '10.1.0.0/16',
    clustermesh: { config: { clusters: [{ name: 'west', port: 32379, ips: ['172.18.0.3'] }] } },
  });
});

/** Values that are passed on as they are: the chart knows nothing of what is below them. */
const freeForm = ['ipMasqAgent.config'];

/** What the chart's schema leaves open: it takes any string (Documentation/helm-values.rst, the agent's own checks). */
const enumerations: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  routingMode: ['native', 'tunnel'],
  'ipam.mode': ['cluster-pool', 'kubernetes', 'multi-pool', 'crd', 'eni', 'azure', 'alibabacloud'],
  'clustermesh.apiserver.service.type': ['ClusterIP', 'NodePort', 'LoadBalancer'],
  'hubble.ui.service.type': ['ClusterIP', 'NodePort', 'LoadBalancer'],
  'loadBalancer.mode': ['snat', 'dsr', 'hybrid', 'annotation'],
  'loadBalancer.algorithm': ['random', 'maglev'],
  'loadBalancer.dsrDispatch': ['opt', 'ipip', 'geneve'],
  tunnelProtocol: ['vxlan', 'geneve'],
};

const valueAt = (values: ChartValues, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);

/** Over the documents' values of topology bgp: what claims configure. */
const configured = [
  asInstalled.values,
  geneveDsr.values,
  vxlanTunnel.values,
  geneveTunnel.values,
  { 'ipMasqAgent.enabled': true, 'ipMasqAgent.config.nonMasqueradeCIDRs': '{192.168.10.200/32}' },
].map(values => nested(withLists(values)));

function* everyInstallation(): Generator<{ where: string; values: ChartValues }> {
  for (const topology of [bgp, mesh]) {
    for (const cluster of topology.clusters) {
      for (const over of topology === bgp ? configured : [{}]) {
        const values = merged(ciliumValues(topology, cluster), over);
        yield { where: `cluster ${cluster.name} with ${JSON.stringify(over)}`, values };
      }
    }
  }
}

test('every chart version knows every value', () => {
  test.skip(noSharedData !== undefined, noSharedData);
  const known = charts();
  expect(known.map(({ version }) => version).sort((a, b) => a.localeCompare(b))).toEqual([
    '1.17.6',
    '1.18.0',
    '1.18.12',
    '1.19.6',
    '1.20.0',
  ]);
  for (const { version, schema, valuePaths } of known) {
    const valid = new Ajv({ strict: false, allErrors: true }).compile(schema);
    for (const { where, values } of everyInstallation()) {
      const at = `chart ${version}, ${where}`;
      expect(valid(values), `${at}: ${JSON.stringify(valid.errors)}`).toBe(true);
      const unknown = leafPaths(values).filter(
        path => !valuePaths.has(path) && !freeForm.some(free => path.startsWith(`${free}.`)),
      );
      expect(unknown, at).toEqual([]);
      for (const [path, allowed] of Object.entries(enumerations)) {
        const value = valueAt(values, path);
        if (value !== undefined) expect(allowed, `${at}: ${path}`).toContain(value);
      }
    }
  }
});

test('a misspelt value is noticed', () => {
  test.skip(noSharedData !== undefined, noSharedData);
  for (const { valuePaths } of charts()) {
    expect(valuePaths.has('loadBalancer.dsrDispatch')).toBe(true);
    expect(valuePaths.has('loadBalancer.dsrdispatch')).toBe(false);
  }
});
