import { expect, test } from '@playwright/test';
import type { CiliumNode } from '../../../../../helpers/cilium/resources.ts';
import { remoteNodes, tunnelMac, tunnelRoutes } from './routes.ts';

const node = (name: string, ip: string, podCidr: string): CiliumNode => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNode',
  metadata: { name },
  spec: { addresses: [{ type: 'InternalIP', ip }], ipam: { podCIDRs: [podCidr] } },
});
const others = remoteNodes(
  [node('k8s-ctr', '192.168.10.100', '172.20.0.0/24'), node('k8s-w0', '192.168.20.100', '172.20.2.0/24')],
  'k8s-ctr',
);
const own = { routerAddress: '172.20.0.98' };
const shown = '172.20.2.0/24 via 172.20.0.98 dev cilium_host proto kernel src 172.20.0.98';

const routes = (protocol: 'vxlan' | 'geneve', ...faults: string[]): string[] =>
  tunnelRoutes(own, protocol, others, 1450, new Set(faults));

test('the others are all but the node itself', () => {
  expect(others).toEqual([{ address: '192.168.20.100', podCidrs: ['172.20.2.0/24'] }]);
});

test('a route that is seen and one that sends, for each protocol', () => {
  expect(routes('vxlan')).toEqual([
    `${shown} mtu 1450`,
    '172.20.2.0/24 table 1000 src 172.20.0.98 encap ip id 2 dst 192.168.20.100 via 192.168.20.100 dev cilium_vxlan onlink',
  ]);
  expect(routes('geneve')).toEqual([
    `${shown} mtu 1450`,
    '172.20.2.0/24 table 1000 src 172.20.0.98 dev cilium_geneve scope link',
  ]);
});

test('faults take one of them away, or what belongs to it', () => {
  expect(routes('vxlan', 'tunnel-route-missing')).toEqual(routes('vxlan').slice(1));
  expect(routes('vxlan', 'tunnel-not-encapsulated')).toEqual(routes('vxlan').slice(0, 1));
  expect(routes('vxlan', 'tunnel-route-mtu-missing')[0]).toBe(shown);
  expect(routes('vxlan', 'tunnel-outer-pod-address')[1]).toContain('encap ip id 2 src 172.20.0.98 dst');
});

test('every node has another address in the tunnel', () => {
  expect(tunnelMac('192.168.20.100')).toBe('0a:58:c0:a8:14:64');
  expect(tunnelMac('10.0.0.1')).toBe('0a:58:0a:00:00:01');
});
