import path from 'node:path';
import { expect, test } from '@playwright/test';
import type { InterfaceAddress } from '../../../helpers/iproute.ts';
import { bgp } from '../../topologies/bgp.ts';
import { frrConfig, neighborLines } from '../../topologies/frr-config.ts';
import { readInventory } from './inventory.ts';
import { type Facts, routerSpec, topologyOf } from './topology.ts';

const inventory = readInventory(path.join(import.meta.dirname, 'lab.example.yaml'));
const { router } = bgp;
if (router === undefined) throw new Error('topology bgp has no router');
const configuration = frrConfig(router).replace('!\nrouter', '!\nip route 1.0.0.0/8 Null0\n!\nrouter');

const inet = (dev: string, address: string): InterfaceAddress => ({
  dev,
  address,
  family: 'inet',
  scope: 'global',
});

/** What the machines of the documents' lab say. */
const facts: Facts = {
  addresses: Object.fromEntries(
    bgp.hosts.map(host => [
      host.name,
      [
        inet('lo', '127.0.0.1/8'),
        inet('eth0', '10.0.2.15/24'),
        ...host.interfaces.map(i => inet(i.name, i.address)),
        ...(host.loopbacks ?? []).map(l => inet(l.name, l.address)),
        inet('eth1', '192.168.10.77/32'),
      ],
    ]),
  ),
  routerConfiguration: configuration,
  clusters: {
    default: {
      kubernetesVersion: 'v1.33.2',
      configuration: { 'cluster-pool-ipv4-cidr': '172.20.0.0/16', 'cluster-pool-ipv4-mask-size': '24' },
    },
  },
};

test("the documents' lab, found on its machines, is the topology of the embedded one", () => {
  const found = topologyOf(inventory, facts);

  const withoutRoutes = bgp.hosts.map(({ routes: _, ...host }) => host);
  expect(found).toEqual({ ...bgp, hosts: withoutRoutes });
});

test('what does not fit is told', () => {
  const without = (name: string): Facts => ({
    ...facts,
    addresses: { ...facts.addresses, [name]: [inet('eth0', '10.0.2.15/24')] },
  });
  expect(() => topologyOf(inventory, without('k8s-w1'))).toThrow(
    'k8s-w1 has no interface on 192.168.10.0/24 or 192.168.20.0/24; its addresses: eth0 10.0.2.15/24',
  );
  const routerOnly = [inet('eth1', '192.168.10.200/24')];
  expect(() =>
    topologyOf(inventory, { ...facts, addresses: { ...facts.addresses, router: routerOnly } }),
  ).toThrow('router has no interface loop1 with an IPv4 address');
  expect(() => topologyOf(inventory, { ...facts, routerConfiguration: 'hostname r\n' })).toThrow(
    /no "router bgp"/,
  );
  expect(() => topologyOf(inventory, { ...facts, clusters: {} })).toThrow(/set podCidr and podCidrMaskSize/);
});

test("FRR's configuration is read with neighbours in it", () => {
  const [before = '', after = ''] = configuration.split(' !\n');
  const withNeighbors = [before, ...neighborLines(bgp).map(line => ` ${line}\n`), ' !\n', after].join('');

  expect(routerSpec('router', withNeighbors)).toEqual(router);
});

test("Cluster Mesh's node port is the clusters' own; without one, or with two, it is told", () => {
  const west = { ...inventory.clusters[0], name: 'west' } as (typeof inventory.clusters)[number];
  const clusters = [west, { ...west, name: 'east' }];
  const { router: _, ...others } = inventory;
  const meshed = { ...others, topology: 'mesh' as const, clusters };
  const on = (westPort?: number, eastPort?: number): Facts => {
    const known = facts.clusters.default ?? { kubernetesVersion: '', configuration: {} };
    const port = (number?: number) => (number === undefined ? {} : { meshNodePort: number });
    return {
      ...facts,
      clusters: { west: { ...known, ...port(westPort) }, east: { ...known, ...port(eastPort) } },
    };
  };

  expect(topologyOf(meshed, on(32379, 32379)).mesh).toEqual({ nodePort: 32379 });
  expect(() => topologyOf(meshed, on(32379))).toThrow(
    'cluster east: Service clustermesh-apiserver in kube-system has no node port: enable Cluster Mesh there',
  );
  expect(() => topologyOf(meshed, on(32379, 31000))).toThrow('32379 in cluster west and 31000 in east');
});
