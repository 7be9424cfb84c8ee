import { expect, test } from '@playwright/test';
import type { Executor } from '../../../helpers/exec.ts';
import { collect, parseAgentVersion, whyNoGeneveDsr, whyNoRouter, whyNoTunnel } from './detect.ts';

/** A host on which every command ends so. */
const host = (name: string, code: number, stdout = '', stderr = ''): Executor => ({
  name,
  exec: async () => ({ code, stdout, stderr }),
  start: () => Promise.reject(new Error('nothing here is started')),
});

test("an agent's version, and whether it is Cilium", () => {
  const real =
    'Client: 1.18.0 7f1b1a0c 2025-07-29T12:00:00+00:00 go version go1.24.5 linux/amd64\n' +
    'Daemon: 1.18.0 7f1b1a0c 2025-07-29T12:00:00+00:00 go version go1.24.5 linux/amd64\n';
  expect(parseAgentVersion(real)).toEqual({ name: 'cilium', version: '1.18.0' });
  const development =
    'Client: 1.20.0-dev 1234\nDaemon: 1.20.0-dev 1234 2026-01-01 go version go1.25 linux/amd64\n';
  expect(parseAgentVersion(development)).toEqual({ name: 'cilium', version: '1.20.0-dev' });
  const standIn = 'Client: 1.18.0 reference (not Cilium)\nDaemon: 1.18.0 reference (not Cilium)\n';
  expect(parseAgentVersion(standIn)).toEqual({ name: 'reference', version: '1.18.0' });
  expect(() => parseAgentVersion('Client: 1.18.0\nDaemon: error: connection refused')).toThrow(
    /no version of its daemon/,
  );
});

test('what is not there carries its reason', () => {
  expect(collect({ router: undefined, configure: 'helm is not installed' })).toEqual({
    capabilities: new Set(['router']),
    lacking: { configure: 'helm is not installed' },
  });
});

test('Geneve DSR wants the kernel on every node, and no other tunnel', async () => {
  const native = { 'routing-mode': 'native' };
  expect(await whyNoGeneveDsr([host('a', 0), host('b', 0)], native)).toBeUndefined();
  expect(await whyNoGeneveDsr([host('a', 0), host('b', 1)], native)).toBe(
    'the kernel of b has no GENEVE (CONFIG_GENEVE)',
  );
  expect(await whyNoGeneveDsr([host('a', 0)], { 'routing-mode': 'tunnel' })).toContain('the tunnel is vxlan');
  expect(
    await whyNoGeneveDsr([host('a', 0)], { 'routing-mode': 'tunnel', 'tunnel-protocol': 'geneve' }),
  ).toBeUndefined();
});

test('a tunnel wants its protocol in the kernel of every node', async () => {
  expect(await whyNoTunnel([host('a', 0), host('b', 0)], 'vxlan')).toBeUndefined();
  expect(await whyNoTunnel([host('a', 1), host('b', 0)], 'vxlan')).toBe(
    'the kernel of a has no VXLAN (CONFIG_VXLAN)',
  );
});

test('a router is one that answers, with the AS number it should have', async () => {
  const summary = 'hostname r\n!\nrouter bgp 65000\n bgp router-id 1.1.1.1\nexit\n';
  expect(await whyNoRouter(host('r', 0, summary), 65000)).toBeUndefined();
  expect(await whyNoRouter(host('r', 0, summary), 65010)).toBe('FRR on r is AS 65000, not 65010');
  expect(await whyNoRouter(host('r', 0, 'hostname r\n'), 65000)).toBe('FRR on r has no BGP configured');
  expect(await whyNoRouter(host('r', 127, '', 'vtysh: not found'), 65000)).toMatch(
    /does not answer vtysh.*not found/,
  );
});
