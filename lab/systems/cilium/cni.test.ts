import { expect, test } from '@playwright/test';
import type { Pod } from '../../../helpers/kube/resources.ts';
import { type CniConfList, callPlugins, type RunPlugin } from './cni.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: '1234' },
  spec: { containers: [] },
};
const list: CniConfList = {
  cniVersion: '0.3.1',
  name: 'cilium',
  plugins: [{ type: 'cilium-cni', 'enable-debug': false }, { type: 'portmap' }],
};
const call = { containerId: 'c0ffee', netns: '/run/netns/pod', pod } as const;

function recorder(answers: Readonly<Record<string, object>> = {}) {
  const calls: { type: string; env: Readonly<Record<string, string>>; config: Record<string, unknown> }[] =
    [];
  const run: RunPlugin = async (type, env, input) => {
    calls.push({ type, env, config: JSON.parse(input) as Record<string, unknown> });
    return JSON.stringify(answers[type] ?? {});
  };
  return { calls, run };
}

test('ADD runs the plugins in order, each with the result of the one before', async () => {
  const result = { ips: [{ address: 'fd00::2/128' }, { address: '172.20.0.7/32' }] };
  const { calls, run } = recorder({ 'cilium-cni': result, portmap: result });

  expect(await callPlugins(list, { ...call, command: 'ADD' }, run)).toBe('172.20.0.7');

  expect(calls.map(({ type }) => type)).toEqual(['cilium-cni', 'portmap']);
  expect(calls[0]?.config).toEqual({
    type: 'cilium-cni',
    'enable-debug': false,
    cniVersion: '0.3.1',
    name: 'cilium',
  });
  expect(calls[1]?.config.prevResult).toEqual(result);
  expect(calls[0]?.env).toMatchObject({
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: 'c0ffee',
    CNI_NETNS: '/run/netns/pod',
    CNI_IFNAME: 'eth0',
    CNI_ARGS:
      'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=c0ffee;K8S_POD_UID=1234',
  });
});

test('DEL runs them in reverse', async () => {
  const { calls, run } = recorder();
  await callPlugins(list, { ...call, command: 'DEL' }, run);
  expect(calls.map(({ type }) => type)).toEqual(['portmap', 'cilium-cni']);
});

test('an ADD without an address is an error', async () => {
  const { run } = recorder({ portmap: { ips: [] } });
  await expect(callPlugins(list, { ...call, command: 'ADD' }, run)).rejects.toThrow(/no IPv4 address/);
});
