import { expect, test } from '@playwright/test';
import { sampleFrontend as frontend } from './frontends.sample.ts';
import { type NodeRules, ruleset } from './ruleset.ts';

function rules(more: Partial<NodeRules> = {}): string {
  return ruleset({
    podCidr: '172.20.0.0/24',
    routerAddress: '172.20.0.9',
    podAddresses: [],
    frontends: [],
    serviceRanges: [],
    clusterIps: [],
    nodeAddresses: [],
    masqueradeOutside: ['172.20.0.0/16'],
    outsideTakenOver: false,
    faults: new Set(),
    ...more,
  });
}

/** The lines of a named map, set or chain. */
function part(text: string, name: string): string[] {
  const lines = text.split('\n').map(line => line.trim());
  const start = lines.findIndex(line => line.endsWith(` ${name} {`));
  expect(start, `${name} in the rules`).toBeGreaterThan(0);
  return lines.slice(start + 1, lines.indexOf('}', start));
}

const snatMark = /^meta mark set meta mark or/;

test('replaces its own table in one transaction and touches no other', () => {
  const text = rules();
  expect(text).toMatch(/^table ip reference \{ \}\ndelete table ip reference\ntable ip reference \{\n/);
  expect(text).not.toContain('flush ruleset');
  expect(text.match(/^table /gm)).toHaveLength(2);
});

test('a frontend leads to its chain, which chooses a backend at random and marks what needs the way back', () => {
  const text = rules({ frontends: [frontend()] });
  expect(part(text, 'outside_addresses')).toContain('elements = { 172.16.1.1 . tcp . 80 : goto service-0 }');
  const chain = part(text, 'service-0');
  expect(chain).toContainEqual(expect.stringMatching(snatMark));
  expect(chain.at(-1)).toBe(
    'meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 172.20.0.5 . 80, 1 : 172.20.1.5 . 80 }',
  );
});

test('a source that is kept is not marked, nor is that of a request from inside', () => {
  for (const kept of [frontend({ sourceKept: true }), frontend({ scope: 'inside' })])
    expect(part(rules({ frontends: [kept] }), 'service-0')).not.toContainEqual(
      expect.stringMatching(snatMark),
    );
});

test('session affinity chooses by the client', () => {
  const chain = part(rules({ frontends: [frontend({ affinity: true })] }), 'service-0');
  expect(chain.at(-1)).toContain('jhash ip saddr mod 2');
});

test('without backends an address is refused, in its own scope only', () => {
  const text = rules({ frontends: [frontend({ backends: [] }), frontend({ scope: 'inside' })] });
  expect(part(text, 'outside_refused_addresses')).toContain(
    'elements = { 172.16.1.1 . tcp . 80 : goto refuse }',
  );
  expect(part(text, 'outside_addresses').join()).not.toContain('elements');
  expect(part(text, 'inside_refused_addresses').join()).not.toContain('elements');
});

test('node ports are known by port alone; addresses of one service share a chain', () => {
  const text = rules({
    frontends: [frontend(), frontend({ address: '192.0.2.1' }), frontend({ address: 'node', port: 30080 })],
  });
  expect(part(text, 'outside_node_ports')).toContain('elements = { tcp . 30080 : goto service-0 }');
  expect(text).not.toContain('chain service-1 ');
});

test('addresses of pools that nobody serves are refused', () => {
  const text = rules({ serviceRanges: [{ first: 0xac100100, last: 0xac1001ff }] });
  expect(part(text, 'service_addresses')).toContain('elements = { 172.16.1.0-172.16.1.255 }');
  expect(part(text, 'unserved_forward')).toContain('ip daddr @service_addresses goto refuse');
});

test('pods leave with the node’s address, but not towards the native range or nodes', () => {
  const masquerade = (text: string) =>
    part(text, 'translate_postrouting').filter(line => line.includes('ip saddr 172.20.0.0/24'));
  expect(masquerade(rules())).toEqual([
    expect.stringMatching(/ip daddr != \{ 172\.20\.0\.0\/16 \} ip daddr != @node_addresses .* masquerade$/),
  ]);
  expect(masquerade(rules({ masqueradeOutside: ['10.0.0.0/16', '10.1.0.0/16'] }))).toEqual([
    expect.stringContaining('ip daddr != { 10.0.0.0/16, 10.1.0.0/16 }'),
  ]);
  expect(masquerade(rules({ masqueradeOutside: undefined }))).toEqual([]);
});

test('a pod that reaches itself sees an address that is not its own', () => {
  const text = rules({ podAddresses: ['172.20.0.5'] });
  expect(part(text, 'hairpins')).toContain('elements = { 172.20.0.5 . 172.20.0.5 }');
  expect(part(text, 'translate_postrouting')).toContain('ip saddr . ip daddr @hairpins snat to 169.254.42.1');
});

test('taken over, requests from outside are not translated, and those nobody serves still refused', () => {
  const text = rules({
    outsideTakenOver: true,
    frontends: [frontend(), frontend({ scope: 'inside' }), frontend({ address: '172.16.1.2', backends: [] })],
  });
  expect(part(text, 'outside_addresses').join()).not.toContain('elements');
  expect(part(text, 'inside_addresses').join()).toContain('172.16.1.1');
  expect(part(text, 'outside_refused_addresses').join()).toContain('172.16.1.2');
});

test('into a tunnel, requests from outside get an address that the tunnel leads back to', () => {
  expect(part(rules(), 'translate_postrouting').join()).toContain(
    'oifname { "cilium_vxlan", "cilium_geneve" } snat to 172.20.0.9',
  );
});

test('each fault changes what it says', () => {
  const chain = (name: string, sourceKept: boolean) =>
    part(rules({ frontends: [frontend({ sourceKept })], faults: new Set([name]) }), 'service-0');
  const wrong = rules({ faults: new Set(['lb-cluster-wrong-source']) });
  expect(part(wrong, 'translate_postrouting').join()).toContain('oifname != "lo" snat to 172.20.0.9');
  expect(chain('lb-local-snat', true)).toContainEqual(expect.stringMatching(snatMark));
  const inside = rules({ faults: new Set(['masquerade-inside-native-cidr']) });
  expect(part(inside, 'translate_postrouting').join()).not.toContain('172.20.0.0/16');
  const looping = rules({ faults: new Set(['lb-address-loops']), serviceRanges: [{ first: 1, last: 2 }] });
  expect(part(looping, 'service_addresses').join()).not.toContain('elements');
});
