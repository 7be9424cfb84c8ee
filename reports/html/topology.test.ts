import { expect, test } from '@playwright/test';
import { topologyNamed } from '../../lab/topologies/index.ts';
import { topologyPicture } from './topology.ts';
import { nextHops, sessionsOf } from './topology-facts.ts';

test('the BGP lab: sessions, and next hops by BGP and by static routes', () => {
  const bgp = topologyNamed('bgp');
  expect(sessionsOf(bgp).map(({ node, address }) => `${node} ${address}`)).toEqual([
    'k8s-ctr 192.168.10.100',
    'k8s-w1 192.168.10.101',
    'k8s-w0 192.168.20.100',
  ]);
  expect(nextHops(bgp)).toContainEqual({
    on: 'router',
    to: '172.20.2.0/24',
    via: '192.168.20.100',
    by: 'BGP',
  });
  expect(nextHops(bgp)).toContainEqual({
    on: 'k8s-w0',
    to: '192.168.10.0/24',
    via: '192.168.20.200',
    by: 'static route',
  });
  expect(topologyPicture(bgp, 'passed').text.match(/class="session passed"/g)).toHaveLength(3);
});

test('the mesh: a row for each cluster, routes across clusters, no sessions', () => {
  const mesh = topologyNamed('mesh');
  const { text } = topologyPicture(mesh);
  const boxes = [...text.matchAll(/<rect class="box" x="([\d.]+)" y="([\d.]+)"/g)].map(
    ([, x, y]) => `${x} ${y}`,
  );
  expect(new Set(boxes).size, 'no host is drawn over another').toBe(4);
  expect(new Set(boxes.map(place => place.split(' ')[1])).size, 'rows').toBe(2);
  expect(text).not.toContain('class="session');
  expect(nextHops(mesh)).toContainEqual({
    on: 'west-worker',
    to: '10.1.1.0/24',
    via: '172.18.0.4',
    by: 'direct node route',
  });
});
