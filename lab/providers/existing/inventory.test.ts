import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { chosenInventory, InventoryError, parseInventory, readInventory } from './inventory.ts';

const exampleFile = path.join(import.meta.dirname, 'lab.example.yaml');
const example = readFileSync(exampleFile, 'utf8');

/** The example with a text replaced, read as `lab.yaml`. */
function problemsWith(text: string, by: string): string {
  expect(example, 'the example has changed').toContain(text);
  try {
    parseInventory(example.replace(text, by), 'lab.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(InventoryError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

/** The number of the example's line with this text. */
const line = (text: string): number => example.split('\n').findIndex(each => each.includes(text)) + 1;

test('the example is an inventory', () => {
  const inventory = readInventory(exampleFile);

  expect(inventory.hosts['k8s-w0']).toEqual({
    address: '192.168.20.100',
    port: 22,
    user: 'root',
    identityFile: path.join(os.homedir(), '.ssh/id_ed25519'),
    knownHosts: { file: path.join(os.homedir(), '.ssh/known_hosts') },
  });
  expect([...inventory.allow]).toEqual(['label-nodes', 'router-neighbors']);
  expect(inventory.clusters[0]).toMatchObject({ id: 0, release: { name: 'cilium' }, asn: 65001 });
});

test('a problem is told with file, line and field', () => {
  expect(problemsWith('asn: 65001', 'asn: many')).toBe(
    `lab.yaml:${line('asn: 65001')}: clusters[0].asn: must be integer`,
  );
  expect(problemsWith('k8s-w1: { address: 192.168.10.101 }', 'k8s-w1: { adress: 192.168.10.101 }')).toBe(
    [
      `lab.yaml:${line('k8s-w1: {')}: hosts.k8s-w1: address is missing`,
      `lab.yaml:${line('k8s-w1: {')}: hosts.k8s-w1.adress: there is no such field`,
    ].join('\n'),
  );
  expect(problemsWith('lan20: 192.168.20.0/24', 'lan20: 192.168.20')).toBe(
    `lab.yaml:${line('lan20:')}: networks.lan20: not an IPv4 prefix, as 192.168.10.0/24`,
  );
  expect(problemsWith('  - label-nodes', '  - label-all')).toContain(
    `lab.yaml:${line('  - label-nodes')}: allow[0]: it is one of label-nodes, drain-nodes`,
  );
});

test('what is not YAML is told with its line', () => {
  expect(problemsWith('topology: bgp', 'topology: [bgp')).toMatch(/^lab\.yaml:\d+: /);
});

test('names that name nothing', () => {
  expect(problemsWith('nodes: [k8s-ctr, k8s-w1,', 'nodes: [k8s-ctr, k8s-w7,')).toBe(
    `lab.yaml:${line('nodes: [')}: clusters[0].nodes[1]: there is no such host; there is router, k8s-ctr, k8s-w1, k8s-w0`,
  );
  expect(problemsWith('host: router', 'host: rooter')).toContain('router.host: there is no such host');
  expect(problemsWith('controlPlane: k8s-ctr', 'controlPlane: router')).toContain('it is none of the nodes');
  expect(problemsWith('    asn: 65001\n', '')).toContain('clusters[0]: asn is missing');
});

test('no host is trusted blindly, and none without a way in', () => {
  expect(problemsWith('  knownHosts: ~/.ssh/known_hosts\n', '')).toContain(
    'hosts.router: knownHosts or hostKey is missing',
  );
  expect(problemsWith('  identityFile: ~/.ssh/id_ed25519\n', '')).toContain(
    'hosts.router: identityFile is missing',
  );
});

test("a host's own key outdoes the file that all share", () => {
  const own = example.replace(
    'router: { address: 192.168.10.200 }',
    'router: { address: 192.168.10.200, hostKey: SHA256:x }',
  );

  expect(parseInventory(own, '/etc/lab.yaml').hosts.router?.knownHosts).toEqual({ key: 'SHA256:x' });
});

test('claims asked for by name come from the file and from the environment', () => {
  const env = { LAB_INVENTORY: exampleFile, LAB_DISRUPTIVE: 'BGP-07,BGP-13' };

  expect(chosenInventory(env).disruptive).toEqual(['BGP-07', 'BGP-13']);
  expect(() => chosenInventory({})).toThrow(/LAB=existing needs an inventory: LAB_INVENTORY=<file>/);
  expect(() => readInventory('/no/such/file')).toThrow(/^\/no\/such\/file: cannot be read: ENOENT/);
});
