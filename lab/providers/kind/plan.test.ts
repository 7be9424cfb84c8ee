import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { bgp } from '../../topologies/bgp.ts';
import { hostNetworkScript } from '../../topologies/host-network.ts';
import { mesh } from '../../topologies/mesh.ts';
import { configureNetwork, connectMachine, createNetwork, runRouter, setNodeAddress } from './commands.ts';
import { machinesOf, planLab } from './plan.ts';
import { inTheWay, prefixesInstead, rebased } from './rebase.ts';

test("machines and addresses of the BGP lab are the documents'", () => {
  const plan = planLab(bgp);
  const rows = machinesOf(plan).map(({ host, container, attachments }) => [
    host.name,
    container,
    ...attachments.map(({ network, address }) => `${address} on ${network}`),
  ]);
  expect(rows).toEqual([
    ['k8s-ctr', 'conformance-bgp-control-plane', '192.168.10.100 on conformance-bgp-lan10'],
    ['k8s-w1', 'conformance-bgp-worker', '192.168.10.101 on conformance-bgp-lan10'],
    ['k8s-w0', 'conformance-bgp-worker2', '192.168.20.100 on conformance-bgp-lan20'],
    [
      'router',
      'conformance-bgp-router',
      '192.168.10.200 on conformance-bgp-lan10',
      '192.168.20.200 on conformance-bgp-lan20',
    ],
  ]);
  expect(plan.clusters.map(({ image }) => image)).toEqual([
    expect.stringMatching(/^kindest\/node:v1\.33\.2@sha256:[0-9a-f]{64}$/),
  ]);
});

test('clusters of the mesh are as in the documents', () => {
  const [west, east] = planLab(mesh).clusters;
  // `kind create cluster --config -` of the documents; host ports for browsers left out, names and certificate ours.
  const documented = (podSubnet: string, serviceSubnet: string) => ({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane' }, { role: 'worker' }],
    networking: { podSubnet, serviceSubnet, disableDefaultCNI: true, kubeProxyMode: 'none' },
  });
  expect(west?.config).toMatchObject(documented('10.0.0.0/16', '10.2.0.0/16'));
  expect(east?.config).toMatchObject(documented('10.1.0.0/16', '10.3.0.0/16'));
  expect(west?.nodes.map(({ container }) => container)).toEqual([
    'conformance-west-control-plane',
    'conformance-west-worker',
  ]);
  const patches = west?.config.nodes.flatMap(node =>
    node.kubeadmConfigPatches.map(patch => parse(patch) as unknown),
  );
  expect(patches).toEqual([
    { kind: 'InitConfiguration', nodeRegistration: { name: 'west-control-plane' } },
    { kind: 'JoinConfiguration', nodeRegistration: { name: 'west-worker' } },
  ]);
  expect(parse(west?.config.kubeadmConfigPatches[0] ?? '')).toEqual({
    kind: 'ClusterConfiguration',
    apiServer: { certSANs: ['localhost', '127.0.0.1', '172.18.0.3'] },
  });
});

test('names fit where they go', () => {
  for (const topology of [bgp, mesh]) {
    const { networks } = planLab(topology);
    const bridges = networks.map(({ bridge }) => bridge);
    expect(new Set(bridges).size).toBe(bridges.length);
    for (const bridge of bridges) expect(bridge.length).toBeLessThanOrEqual(15);
  }
});

test('an interface that Docker would name otherwise is refused', () => {
  const hosts = bgp.hosts.map(host => ({
    ...host,
    interfaces: host.interfaces.map(each => ({ ...each, name: each.name.replace('eth', 'ens') })),
  }));
  expect(() => planLab({ ...bgp, hosts })).toThrow('Docker calls its interface 1 eth1, the topology ens1');
});

test('what is run for a node, and for the router', () => {
  const plan = planLab(bgp);
  const [network] = plan.networks;
  const [node] = machinesOf(plan);
  const { router } = plan;
  if (network === undefined || node === undefined || router === undefined) throw new Error('an empty plan');
  const words = (argv: readonly string[]): string => argv.join(' ');
  expect(words(createNetwork(plan, network))).toBe(
    'docker network create --driver bridge --subnet 192.168.10.0/24 --opt com.docker.network.bridge.name=cc-lan10 ' +
      '--opt com.docker.network.bridge.inhibit_ipv4=true --opt com.docker.network.bridge.enable_ip_masquerade=false ' +
      '--label io.cilium-conformance.topology=bgp conformance-bgp-lan10',
  );
  expect(words(runRouter(plan, router, 'image'))).toBe(
    'docker run --detach --privileged --name conformance-bgp-router --hostname router ' +
      '--network conformance-bgp-uplink --label io.cilium-conformance.topology=bgp image',
  );
  expect(connectMachine(router).map(words)).toEqual([
    'docker network connect --ip 192.168.10.200 conformance-bgp-lan10 conformance-bgp-router',
    'docker network connect --ip 192.168.20.200 conformance-bgp-lan20 conformance-bgp-router',
  ]);
  expect(configureNetwork(node, '172.19.0.1').input.split('\n')).toEqual(
    expect.arrayContaining([
      'ip address replace 192.168.10.100/24 dev eth1',
      'ip route replace default via 172.19.0.1 dev eth0',
      'ip route replace 192.168.20.0/24 via 192.168.10.200 proto static',
    ]),
  );
  expect(words(setNodeAddress(plan, node))).toContain('--node-ip=192.168.10.100');
  const loopbacks = hostNetworkScript(router.host)
    .split('\n')
    .filter(line => line.includes('loop') && line.startsWith('ip address'));
  expect(loopbacks).toEqual([
    'ip address replace 10.10.1.200/24 dev loop1',
    'ip address replace 10.10.2.200/24 dev loop2',
  ]);
});

test('networks are in the way of those they overlap, IPv6 never', () => {
  expect(inTheWay('192.168.10.0/24', '192.168.0.0/16')).toBe(true);
  expect(inTheWay('192.168.10.0/24', '192.168.11.0/24')).toBe(false);
  expect(inTheWay('fd00::/64', '172.18.0.0/16')).toBe(false);
});

test("the mesh moves away from somebody's network; the BGP lab cannot", () => {
  const taken = [
    { network: 'kind', prefix: '172.18.0.0/16' },
    { network: 'theirs', prefix: '172.19.0.0/20' },
  ];
  const prefixes = prefixesInstead(mesh, taken);
  expect(prefixes).toEqual({ kind: '172.20.0.0/16' });
  const moved = rebased(mesh, prefixes);
  expect(moved.networks).toEqual([{ name: 'kind', prefix: '172.20.0.0/16' }]);
  expect(moved.hosts.map(({ interfaces }) => interfaces[0]?.address)).toEqual([
    '172.20.0.3/16',
    '172.20.0.2/16',
    '172.20.0.5/16',
    '172.20.0.4/16',
  ]);
  expect(prefixesInstead(bgp, taken)).toEqual({});
  expect(rebased(bgp, {})).toEqual(bgp);
  expect(() => prefixesInstead(bgp, [{ network: 'lan', prefix: '192.168.0.0/16' }])).toThrow(
    'the lab needs 192.168.10.0/24, and the Docker network lan has 192.168.0.0/16; remove it, if it is of no more use: docker network rm lan',
  );
  expect(() => rebased(mesh, { kind: '172.20.0.0/20' })).toThrow('another length');
});
