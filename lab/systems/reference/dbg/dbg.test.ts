import { expect, test } from '@playwright/test';
import type { BgpAgent } from '../bgp/agent.ts';
import type { GobgpPath } from '../bgp/gobgp.ts';
import { policiesTable, policyModels } from './bgp.ts';
import { type DbgContext, runInAgent } from './index.ts';
import { describeAttribute, encodeAttribute, encodePrefix } from './path-attributes.ts';
import { goDuration, textTable } from './table.ts';

const attributes: GobgpPath['attrs'] = [
  { type: 1, value: 0 },
  { type: 2, as_paths: [{ segment_type: 2, num: 1, asns: [65_001] }] },
  { type: 3, nexthop: '192.168.50.11' },
];

test('attributes and prefixes are encoded as real Cilium 1.19 printed them', () => {
  expect(attributes.map(encodeAttribute)).toEqual(['QAEBAA==', 'QAIGAgEAAP3p', 'QAMEwKgyCw==']);
  expect(encodePrefix('10.100.0.0/24')).toBe('GApkAA==');
  expect(encodePrefix('203.0.113.0/32')).toBe('IMsAcQA=');
});

test('attributes in words', () => {
  const more: GobgpPath['attrs'] = [
    { type: 5, value: 150 },
    { type: 8, communities: [65_001 * 65_536 + 100, 0xffffff01] },
    { type: 32, value: [{ ASN: 65_001, LocalData1: 1, LocalData2: 2 }] },
  ];
  expect([...attributes, ...more].map(describeAttribute).join(' ')).toBe(
    '{Origin: i} {AsPath: 65001} {Nexthop: 192.168.50.11} {LocalPref: 150} {Communities: 65001:100, no-export} {LargeCommunity: [ 65001:1:2]}',
  );
  expect(encodeAttribute({ type: 99 })).toBeUndefined();
});

test('times as Go prints them, tables as Cilium does', () => {
  expect([0, 104_000, 5_219_000].map(goDuration)).toEqual(['0s', '1m44s', '1h26m59s']);
  expect(textTable(['Name', 'Source'], [['k8s-ctr', 'local']])).toBe('Name      Source\nk8s-ctr   local\n');
});

const policies = [
  { asn: 65_001, name: 'allow-local', type: 'import' as const, statements: [{}] },
  {
    asn: 65_001,
    name: 'tor-ipv4-PodCIDR',
    type: 'export' as const,
    statements: [{ peer: '192.168.50.1', prefixes: ['10.100.0.0/24'] }],
  },
];

test('route policies: objects from 1.19 on, plain lists before', () => {
  const prefix = { cidr: '10.100.0.0/24', 'prefix-len-max': 24, 'prefix-len-min': 24 };
  expect(policyModels(policies, '1.19.4')[1]).toMatchObject({
    name: 'tor-ipv4-PodCIDR',
    statements: [
      {
        'match-neighbors': { neighbors: ['192.168.50.1'], type: 'any' },
        'match-prefixes': { prefixes: [prefix], type: 'any' },
        'set-local-preference': -1,
      },
    ],
  });
  expect(policyModels(policies, '1.18.0')[1]).toMatchObject({
    statements: [{ 'match-neighbors': ['192.168.50.1/32'], 'match-prefixes': [prefix] }],
  });
  expect(policiesTable(policies, '1.18.0')).toContain(
    '65001     tor-ipv4-PodCIDR   export   192.168.50.1/32                    10.100.0.0/24 (24..24)          accept',
  );
});

test('commands: what is unknown fails as in Cilium, what is not cilium-dbg runs on the node', async () => {
  const context = {
    agent: { speakers: [] } as unknown as BgpAgent,
    host: { exec: async (argv: readonly string[]) => ({ code: 0, stdout: argv.join(' '), stderr: '' }) },
    version: '1.18.0',
  } as unknown as DbgContext;
  expect(await runInAgent(context, ['cilium-dbg', 'bgp', 'peers', '-o', 'json'])).toEqual({
    code: 0,
    stdout: '[]\n',
    stderr: '',
  });
  expect(await runInAgent(context, ['cilium-dbg', 'bgp', 'nonsense'])).toEqual({
    code: 1,
    stdout: '',
    stderr: `Error: unknown command "nonsense" for "cilium-dbg bgp"\nRun 'cilium-dbg bgp --help' for usage.\n`,
  });
  expect((await runInAgent(context, ['cilium-dbg', 'bgp', 'routes', 'received'])).code).toBe(1);
  expect((await runInAgent(context, ['ip', 'route'])).stdout).toBe('ip route');
});
