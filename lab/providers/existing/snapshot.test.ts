import { expect, test } from '@playwright/test';
import { differences } from './snapshot.ts';

test('nothing is told of what is as it was', () => {
  expect(differences({ a: '1', b: '2' }, { b: '2', a: '1' })).toEqual([]);
});

test('what is new, gone or changed is told, with the part that differs', () => {
  const before = {
    'cluster default: Service default/web': '',
    'host router: FRR, running': 'router bgp 65000\n neighbor 1.1.1.1 remote-as 1\nexit',
    'cluster default: Node w1': '{"labels":{"rack":"r7"},"spec":{}}',
  };
  const after = {
    'host router: FRR, running': 'router bgp 65000\n neighbor 2.2.2.2 remote-as 1\nexit',
    'cluster default: Node w1': '{"labels":{"rack":"r8"},"spec":{}}',
    'host w0: route 10.0.0.0/8 via 192.168.20.200': '',
  };

  expect(differences(before, after)).toEqual([
    'changed: cluster default: Node w1: was …{"labels":{"rack":"r7"},"spec":{}}…, is …{"labels":{"rack":"r8"},"spec":{}}…',
    'gone: cluster default: Service default/web',
    'changed: host router: FRR, running: - neighbor 1.1.1.1 remote-as 1; + neighbor 2.2.2.2 remote-as 1',
    'new: host w0: route 10.0.0.0/8 via 192.168.20.200',
  ]);
});
