import { expect, test } from '@playwright/test';
import type { LoadBalancerIpPool } from '../../../../helpers/cilium/resources.ts';
import type { Service } from '../../../../helpers/kube/resources.ts';
import { LbIpam } from './lbipam.ts';
import { countsOf } from './pools.ts';

let clock = 0;

function pool(name: string, spec: LoadBalancerIpPool['spec']): LoadBalancerIpPool {
  clock += 1;
  const creationTimestamp = new Date(clock * 1000).toISOString();
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name, creationTimestamp },
    spec,
  };
}

interface Extras {
  annotations?: Record<string, string>;
  spec?: Partial<Service['spec']>;
  labels?: Record<string, string>;
  namespace?: string;
  ingress?: string[];
}

function service(name: string, port: number, extras: Extras = {}): Service {
  const { annotations = {}, labels = {}, namespace = 'default', ingress = [] } = extras;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations, labels },
    spec: { type: 'LoadBalancer', selector: { app: 'webpod' }, ports: [{ port }], ...extras.spec },
    status: { loadBalancer: { ingress: ingress.map(ip => ({ ip })) } },
  };
}

const ips = (addresses: string) => ({ annotations: { 'lbipam.cilium.io/ips': addresses } });
const shared = (key = 'k') => ({ annotations: { 'lbipam.cilium.io/sharing-key': key } });
const documents = () => pool('cilium-pool', { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] });
const block = (start: string, stop: string) => ({ blocks: [{ start, stop }] });

/** Addresses or, without any, the reason. */
function answer(ipam: LbIpam, name: string, namespace = 'default'): string {
  const found = ipam.addressesOf(`${namespace}/${name}`);
  if (found === undefined) return 'not ours';
  return found.addresses.length > 0 ? found.addresses.join(' ') : found.outcome.reason;
}

function available(ipam: LbIpam, name: string): number | undefined {
  const found = ipam.pools.find(({ object }) => object.metadata.name === name);
  if (found === undefined) return undefined;
  const { total, used } = countsOf(found);
  return total - used;
}

test('without first and last, a /24 has 254 addresses to give, and 253 after the first service', () => {
  const ipam = new LbIpam([documents()], []);
  expect(available(ipam, 'cilium-pool')).toBe(254);
  ipam.upsertService(service('webpod', 80));
  expect(answer(ipam, 'webpod')).toBe('172.16.1.1');
  expect(available(ipam, 'cilium-pool')).toBe(253);
});

test('by default first and last are given, and a /31 or /32 is never kept back', () => {
  const give = (spec: LoadBalancerIpPool['spec']) => {
    const ipam = new LbIpam([pool('p', spec)], [service('a', 80), service('b', 80), service('c', 80)]);
    return ['a', 'b', 'c'].map(name => answer(ipam, name));
  };
  expect(give({ blocks: [{ cidr: '10.0.0.0/31' }] })).toEqual(['10.0.0.0', '10.0.0.1', 'out_of_ips']);
  expect(give({ allowFirstLastIPs: 'No', blocks: [{ cidr: '10.0.0.4/31' }] })).toEqual([
    '10.0.0.4',
    '10.0.0.5',
    'out_of_ips',
  ]);
  expect(give({ allowFirstLastIPs: 'No', blocks: [{ cidr: '10.0.0.4/30' }] })).toEqual([
    '10.0.0.5',
    '10.0.0.6',
    'out_of_ips',
  ]);
});

test('blocks of both kinds: only addresses inside, first/last rule for CIDRs alone', () => {
  const ipam = new LbIpam(
    [
      pool('p', {
        allowFirstLastIPs: 'No',
        blocks: [{ start: '10.1.0.5', stop: '10.1.0.6' }, { cidr: '10.2.0.0/30' }, { start: '10.3.0.9' }],
      }),
    ],
    ['a', 'b', 'c', 'd', 'e', 'f'].map(name => service(name, 80)),
  );
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map(name => answer(ipam, name))).toEqual([
    '10.1.0.5',
    '10.1.0.6',
    '10.2.0.1',
    '10.2.0.2',
    '10.3.0.9',
    'out_of_ips',
  ]);
});

test('a waiting service gets the address another gives back, by deletion or by a change of type', () => {
  const ipam = new LbIpam([pool('p', block('10.0.0.1', '10.0.0.1'))], [service('a', 80), service('b', 80)]);
  expect(answer(ipam, 'b')).toBe('out_of_ips');
  ipam.deleteService('default/a');
  expect(answer(ipam, 'b')).toBe('10.0.0.1');
  ipam.upsertService(service('b', 80, { spec: { type: 'ClusterIP' } }));
  expect(answer(ipam, 'b')).toBe('not ours');
  expect(available(ipam, 'p')).toBe(1);
});

test("services of another controller's class are left alone", () => {
  const ipam = new LbIpam(
    [documents()],
    [service('a', 80, { spec: { loadBalancerClass: 'example.com/lb' } })],
  );
  expect(answer(ipam, 'a')).toBe('not ours');
  ipam.upsertService(service('b', 80, { spec: { loadBalancerClass: 'io.cilium/bgp-control-plane' } }));
  expect(answer(ipam, 'b')).toBe('172.16.1.1');
});

test('a requested address: at creation, on a live service, by annotation old and new, by spec', () => {
  const ipam = new LbIpam([documents()], [service('a', 80)]);
  ipam.upsertService(service('a', 80, ips('172.16.1.100')));
  expect(answer(ipam, 'a')).toBe('172.16.1.100');
  ipam.upsertService(service('b', 80, ips('172.16.1.7, 172.16.1.8')));
  expect(answer(ipam, 'b')).toBe('172.16.1.7 172.16.1.8');
  ipam.upsertService(service('c', 80, { annotations: { 'io.cilium/lb-ipam-ips': '172.16.1.9' } }));
  expect(answer(ipam, 'c')).toBe('172.16.1.9');
  ipam.upsertService(service('d', 80, { spec: { loadBalancerIP: '172.16.1.10' } }));
  expect(answer(ipam, 'd')).toBe('172.16.1.10');
  expect(available(ipam, 'cilium-pool')).toBe(249);
});

test('why a request is not met', () => {
  const other = pool('other', {
    ...block('10.0.0.1', '10.0.0.9'),
    serviceSelector: { matchLabels: { team: 'x' } },
  });
  const ipam = new LbIpam([documents(), other], [service('a', 80, ips('172.16.1.7'))]);
  const reason = (extras: Extras, port = 80) => {
    ipam.upsertService(service('b', port, extras));
    return answer(ipam, 'b');
  };
  expect(reason(ips('192.0.2.1'))).toBe('no_pool');
  expect(reason(ips('10.0.0.1'))).toBe('pool_selector_mismatch');
  expect(reason({ ...ips('10.0.0.1'), labels: { team: 'x' } })).toBe('10.0.0.1');
  expect(reason(ips('172.16.1.7'))).toBe('already_allocated');
  const both = { annotations: { ...ips('172.16.1.7').annotations, ...shared().annotations } };
  expect(reason(both)).toBe('already_allocated_incompatible_service');
  ipam.upsertService(service('a', 80, both));
  expect(reason(both)).toBe('already_allocated_incompatible_service');
  expect(reason(both, 81)).toBe('172.16.1.7');
});

test('malformed requests and blocks count for nothing', () => {
  const ipam = new LbIpam(
    [
      pool('p', {
        blocks: [{ cidr: '10.0.0.0/33' }, { start: '10.0.0.9', stop: '10.0.0.1' }, { start: '10.0.0.5' }],
      }),
    ],
    [service('a', 80, ips('nonsense,10.0.0.300'))],
  );
  expect(answer(ipam, 'a')).toBe('10.0.0.5');
});

test('a sharing key: different ports share, the same port does not', () => {
  const ipam = new LbIpam([documents()], []);
  for (const [name, port] of [
    ['a', 80],
    ['b', 443],
    ['c', 80],
  ] as const)
    ipam.upsertService(service(name, port, shared()));
  ipam.upsertService(service('d', 8080, shared('another')));
  expect(answer(ipam, 'b')).toBe(answer(ipam, 'a'));
  expect(new Set(['a', 'c', 'd'].map(name => answer(ipam, name))).size).toBe(3);
});

test('sharing across namespaces needs both sides to allow it', () => {
  const from = (namespace: string, allowed: string): Extras => ({
    namespace,
    annotations: { ...shared().annotations, 'lbipam.cilium.io/sharing-cross-namespace': allowed },
  });
  const ipam = new LbIpam(
    [documents()],
    [service('a', 80, from('one', 'two')), service('b', 81, from('two', 'three'))],
  );
  expect(answer(ipam, 'b', 'two')).not.toBe(answer(ipam, 'a', 'one'));
  ipam.upsertService(service('c', 82, from('three', '*')));
  expect(answer(ipam, 'c', 'three')).toBe(answer(ipam, 'b', 'two'));
});

test('policy Local shares only between services of the same pods', () => {
  const local = (app: string): Extras => ({
    ...shared(),
    spec: { externalTrafficPolicy: 'Local', selector: { app } },
  });
  const ipam = new LbIpam([documents()], [service('a', 80, local('x'))]);
  ipam.upsertService(service('b', 81, local('y')));
  ipam.upsertService(service('c', 82, local('x')));
  expect(answer(ipam, 'b')).not.toBe(answer(ipam, 'a'));
  expect(answer(ipam, 'c')).toBe(answer(ipam, 'a'));
});

test('of sharers that no longer can, the one that changed moves', () => {
  const ipam = new LbIpam([documents()], [service('a', 80, shared()), service('b', 81, shared())]);
  const before = answer(ipam, 'a');
  ipam.upsertService(service('b', 80, shared()));
  expect(answer(ipam, 'a')).toBe(before);
  expect(answer(ipam, 'b')).not.toBe(before);
});

test('a shared address survives the loss of one owner, who gets it again when made again', () => {
  const ipam = new LbIpam([documents()], [service('a', 80, shared()), service('b', 81, shared())]);
  const address = answer(ipam, 'b');
  ipam.deleteService('default/a');
  expect(answer(ipam, 'b')).toBe(address);
  ipam.upsertService(service('a', 80, shared()));
  expect(answer(ipam, 'a')).toBe(address);
});

test('pool selectors, with the special keys for name and namespace', () => {
  const ipam = new LbIpam(
    [
      pool('named', {
        ...block('10.0.0.1', '10.0.0.9'),
        serviceSelector: { matchLabels: { 'io.kubernetes.service.name': 'a' } },
      }),
      pool('spaced', {
        ...block('10.0.1.1', '10.0.1.9'),
        serviceSelector: {
          matchExpressions: [{ key: 'io.kubernetes.service.namespace', operator: 'In', values: ['blue'] }],
        },
      }),
    ],
    [service('a', 80), service('b', 80, { namespace: 'blue' }), service('c', 80)],
  );
  expect(answer(ipam, 'a')).toBe('10.0.0.1');
  expect(answer(ipam, 'b', 'blue')).toBe('10.0.1.1');
  expect(answer(ipam, 'c')).toBe('no_pool');
});

test('a disabled pool gives nothing new and takes nothing away', () => {
  const enabled = documents();
  const ipam = new LbIpam([enabled], [service('a', 80)]);
  ipam.upsertPool({ ...enabled, spec: { ...enabled.spec, disabled: true } });
  ipam.upsertService(service('b', 80));
  expect([answer(ipam, 'a'), answer(ipam, 'b')]).toEqual(['172.16.1.1', 'no_pool']);
  ipam.upsertPool(enabled);
  expect(answer(ipam, 'b')).toBe('172.16.1.2');
});

test('of two pools that overlap the younger is at fault, until the older goes', () => {
  const older = pool('older', block('10.0.0.1', '10.0.0.9'));
  const younger = pool('younger', block('10.0.0.9', '10.0.0.20'));
  const ipam = new LbIpam([younger, older], []);
  const conflict = () => ipam.pools.map(({ object, conflict: why }) => [object.metadata.name, why]);
  expect(conflict()).toEqual([
    [
      'younger',
      "Pool conflicts since range '10.0.0.9 - 10.0.0.20' overlaps range '10.0.0.1 - 10.0.0.9' from IP Pool 'older'",
    ],
    ['older', undefined],
  ]);
  ipam.upsertService(service('a', 80, ips('10.0.0.15')));
  expect(answer(ipam, 'a')).toBe('no_pool');
  ipam.deletePool('older');
  expect(conflict()).toEqual([['younger', undefined]]);
  expect(answer(ipam, 'a')).toBe('10.0.0.15');
});

test('a pool that overlaps itself gives nothing', () => {
  const ipam = new LbIpam(
    [pool('p', { blocks: [{ cidr: '10.0.0.0/24' }, { start: '10.0.0.7' }] })],
    [service('a', 80)],
  );
  expect(answer(ipam, 'a')).toBe('no_pool');
});

test('widening a pool keeps every address; a service that waits gets one that is free', () => {
  const narrow = pool('p', block('192.168.1.120', '192.168.1.122'));
  const names = ['a', 'b', 'c'];
  const ipam = new LbIpam(
    [narrow],
    [service('late', 80, ips('192.168.1.118')), ...names.map(name => service(name, 80))],
  );
  const before = names.map(name => answer(ipam, name));
  ipam.upsertService(service('d', 80));
  expect(answer(ipam, 'd')).toBe('out_of_ips');
  ipam.upsertPool({ ...narrow, spec: block('192.168.1.117', '192.168.1.122') });
  expect(names.map(name => answer(ipam, name))).toEqual(before);
  expect(answer(ipam, 'late')).toBe('192.168.1.118');
  expect(before).not.toContain(answer(ipam, 'd'));
});

test('a pool that goes takes its addresses; another one takes over', () => {
  const first = pool('first', block('10.0.0.1', '10.0.0.9'));
  const ipam = new LbIpam([first], [service('a', 80)]);
  ipam.deletePool('first');
  expect(answer(ipam, 'a')).toBe('no_pool');
  ipam.upsertPool(pool('second', block('10.0.1.1', '10.0.1.9')));
  expect(answer(ipam, 'a')).toBe('10.0.1.1');
});

test('started again, it keeps what the services have, shared addresses, too', () => {
  const services = [
    service('new', 80),
    service('a', 80, { ingress: ['172.16.1.9'] }),
    service('b', 80, { ...shared(), ingress: ['172.16.1.1'] }),
    service('c', 81, { ...shared(), ingress: ['172.16.1.1'] }),
    service('thief', 80, { ingress: ['172.16.1.9'] }),
    service('stranger', 80, { ingress: ['203.0.113.1'] }),
  ];
  const ipam = new LbIpam([documents()], services);
  expect(['a', 'b', 'c'].map(name => answer(ipam, name))).toEqual(['172.16.1.9', '172.16.1.1', '172.16.1.1']);
  const rest = ['new', 'thief', 'stranger'].map(name => answer(ipam, name));
  expect(new Set([...rest, '172.16.1.9', '172.16.1.1']).size).toBe(5);
  for (const address of rest) expect(address).toMatch(/^172\.16\.1\./);
});

test.describe('faults', () => {
  const withFault = (name: string, pools: LoadBalancerIpPool[], services: Service[]) =>
    new LbIpam(pools, services, new Set([name]));

  test('of what is given', () => {
    const one = (fault: string, spec: LoadBalancerIpPool['spec'], extras: Extras = {}) =>
      answer(withFault(fault, [pool('p', spec)], [service('a', 80, extras)]), 'a');
    const cidr = { allowFirstLastIPs: 'No' as const, blocks: [{ cidr: '172.16.1.0/24' }] };
    expect(one('lbipam-first-last-handed-out', cidr)).toBe('172.16.1.0');
    expect(one('lbipam-block-off-by-one', block('10.0.0.5', '10.0.0.9'))).toBe('10.0.0.4');
    expect(one('lbipam-request-ignored', cidr, ips('172.16.1.50'))).toBe('172.16.1.1');
    expect(answer(withFault('lbipam-allocates-without-pool', [], [service('a', 80)]), 'a')).toBe(
      '198.51.100.1',
    );
  });

  test('of sharing and release', () => {
    const pair = [service('a', 80, shared()), service('b', 81, shared())];
    const apart = withFault('lbipam-sharing-ignored', [documents()], pair);
    expect(answer(apart, 'b')).not.toBe(answer(apart, 'a'));
    const twice = withFault(
      'lbipam-address-twice',
      [documents()],
      [service('a', 80, shared()), service('b', 80, shared())],
    );
    expect(answer(twice, 'b')).toBe(answer(twice, 'a'));
    const leaking = withFault('lbipam-address-leaks', [documents()], [service('a', 80)]);
    leaking.deleteService('default/a');
    expect(available(leaking, 'cilium-pool')).toBe(253);
  });

  test('regressions of real releases', () => {
    const restarted = withFault(
      'cilium-30700',
      [documents()],
      [80, 81].map(port => service(`s${port}`, port, { ...shared(), ingress: ['172.16.1.1'] })),
    );
    expect([answer(restarted, 's80'), answer(restarted, 's81')]).toEqual(['172.16.1.1', '172.16.1.2']);

    const narrow = pool('p', block('192.168.1.120', '192.168.1.122'));
    const widened = withFault('cilium-40358', [narrow], [service('a', 80)]);
    widened.upsertPool({ ...narrow, spec: block('192.168.1.117', '192.168.1.122') });
    expect(answer(widened, 'a')).toBe('192.168.1.117');

    const group = withFault(
      'cilium-34106',
      [documents()],
      [service('a', 80, shared()), service('b', 81, shared())],
    );
    group.deleteService('default/a');
    group.upsertService(service('a', 80, shared()));
    expect(answer(group, 'a')).not.toBe(answer(group, 'b'));
  });
});
