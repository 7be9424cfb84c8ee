import { expect, test } from '@playwright/test';
import type { HelmValues } from '../../../../helpers/cilium/chart.ts';
import type { CiliumNode } from '../../../../helpers/cilium/resources.ts';
import { bgp } from '../../../topologies/bgp.ts';
import { geneveDsr } from '../../../topologies/manifests.ts';
import { effective } from '../../values/cilium-values.ts';
import { coalesced } from './coalesce.ts';
import { PodAddresses } from './pod-addresses.ts';
import { directRoutes } from './routes.ts';
import { datapathSettings } from './settings.ts';

test('a PodCIDR gives each address once, then says that it is full, and gives again what came back', () => {
  const addresses = new PodAddresses('172.20.1.0/29', 'k8s-w1');
  const given = ['a', 'b', 'c', 'd', 'e', 'f'].map(owner => addresses.allocate(owner));
  expect([...given].sort((one, other) => one.localeCompare(other))).toEqual(
    [1, 2, 3, 4, 5, 6].map(host => `172.20.1.${host}`),
  );
  expect(() => addresses.allocate('default/g')).toThrow(
    'no address for default/g in PodCIDR 172.20.1.0/29: range is full',
  );
  addresses.release(given[3] ?? '');
  expect(addresses.allocate('g')).toBe(given[3]);
});

test('an address that came back is not the next to be given', () => {
  const addresses = new PodAddresses('172.20.1.0/24', 'k8s-w1');
  const first = addresses.allocate('a');
  addresses.release(first);
  expect(addresses.allocate('b')).not.toBe(first);
});

test('direct routes lead to nodes of the same segment only', () => {
  const node = (name: string, ip: string, podCidr: string): CiliumNode => ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: { name },
    spec: { addresses: [{ type: 'InternalIP', ip }], ipam: { podCIDRs: [podCidr] } },
  });
  const nodes = [
    node('k8s-ctr', '192.168.10.100', '172.20.0.0/24'),
    node('k8s-w1', '192.168.10.101', '172.20.1.0/24'),
    node('k8s-w0', '192.168.20.100', '172.20.2.0/24'),
  ];
  expect(directRoutes(bgp, 'k8s-ctr', nodes)).toEqual([
    { prefix: '172.20.1.0/24', via: '192.168.10.101', device: 'eth1' },
  ]);
  expect(directRoutes(bgp, 'k8s-w0', nodes)).toEqual([]);
});

const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the topology has no cluster');
const settings = (overrides: HelmValues) =>
  datapathSettings(effective(bgp, cluster, {}, overrides, '1.18.0'));

test('settings: the documents’ values, and values it does not have', () => {
  expect(settings({}).nativeRoutingCidr).toBe('172.20.0.0/16');
  expect(settings({}).routingMode).toBe('native');
  expect(settings({}).loadBalancer).toEqual({ mode: 'snat', dsrDispatch: 'opt', algorithm: 'random' });
  expect(settings({ autoDirectNodeRoutes: true }).autoDirectNodeRoutes).toBe(true);
  const refused = (values: HelmValues) => expect(() => settings(values));
  refused({ 'loadBalancer.mode': 'hybrid' }).toThrow('the reference datapath has only snat and dsr');
  refused({ 'loadBalancer.dsrDispatch': 'ipip' }).toThrow('dispatches by geneve only');
  refused({ 'loadBalancer.mode': 'dsr' }).toThrow('loadBalancer.dsrDispatch=opt: the reference datapath');
  refused({ ipv4NativeRoutingCIDR: '10.0.0.0' }).toThrow('10.0.0.0 is not an IPv4 prefix');
});

test('settings: the ip-masq-agent has a list of its own, or its defaults', () => {
  const exempt = (values: HelmValues) => settings(values).nonMasqueradeCidrs;
  const list: HelmValues = { 'ipMasqAgent.config.nonMasqueradeCIDRs': ['10.1.0.0/16'] };
  expect(exempt(list)).toEqual([]);
  const on: HelmValues = { 'ipMasqAgent.enabled': true };
  expect(exempt({ ...on, ...list })).toEqual(['10.1.0.0/16', '169.254.0.0/16']);
  expect(exempt({ ...on, 'ipMasqAgent.config.masqLinkLocal': true })).toEqual([]);
  expect(exempt(on)).toEqual(expect.arrayContaining(['10.0.0.0/8', '192.168.0.0/16', '169.254.0.0/16']));
  expect(() => exempt({ ...on, 'ipMasqAgent.config.nonMasqueradeCIDRs': ['10.1.0.0'] })).toThrow(
    'ipMasqAgent.config.nonMasqueradeCIDRs: 10.1.0.0 is not an IPv4 prefix',
  );
});

test('settings: tunnel mode, and what does not go with it', () => {
  const tunnel: HelmValues = { routingMode: 'tunnel', tunnelProtocol: 'geneve' };
  expect(settings(tunnel)).toMatchObject(tunnel);
  expect(() => settings({ ...tunnel, autoDirectNodeRoutes: true })).toThrow(
    'cannot be used with routingMode=tunnel',
  );
  expect(() => settings({ ...geneveDsr.values, ...tunnel })).toThrow('with native routing only');
  expect(() => settings({ ...geneveDsr.values, tunnelProtocol: 'vxlan' })).toThrow(
    'needs tunnelProtocol=geneve',
  );
});

test('work is done once for many calls, again for calls that come while it runs, and after a failure', async () => {
  let runs = 0;
  let end = (): void => {};
  const refusals = new Set<string>();
  const schedule = coalesced(async () => {
    runs += 1;
    if (refusals.has('next')) throw new Error('refused');
    await new Promise<void>(resolve => {
      end = resolve;
    });
  });
  const first = [schedule(), schedule(), schedule()];
  await expect.poll(() => runs).toBe(1);
  const second = schedule();
  const finishFirst = end;
  finishFirst();
  await Promise.all(first);
  await expect.poll(() => runs).toBe(2);
  end();
  await second;
  refusals.add('next');
  await expect(schedule()).rejects.toThrow('refused');
  refusals.delete('next');
  const again = schedule();
  await expect.poll(() => runs).toBe(4);
  end();
  await again;
});
