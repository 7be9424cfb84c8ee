import { expect, test } from '@playwright/test';
import * as build from './build.ts';
import { renderFlows } from './flow-table.ts';
import { type Endpoint, joinFlows } from './flows.ts';
import { IpProtocol } from './ipv4.ts';
import { readCapture } from './reader.ts';
import { TcpFlag } from './tcp.ts';
import { captureBytes, type PacketToWrite } from './writer.ts';

const client = { address: '10.10.1.200', port: 40_000 };
const service = { address: '172.16.1.1', port: 80 };
const pod = { address: '172.20.2.7', port: 8080 };
const entry = '192.168.10.100';
const serving = '192.168.20.100';

function segment(from: Endpoint, to: Endpoint, flags: number): Uint8Array {
  const payload = build.tcp(new Uint8Array(0), { sourcePort: from.port, destinationPort: to.port, flags });
  return build.ethernet(
    build.ipv4(payload, { protocol: IpProtocol.tcp, source: from.address, destination: to.address }),
  );
}

function captured(host: string, iface: string, packets: readonly PacketToWrite[]) {
  return { host, interface: iface, packets: readCapture(captureBytes(packets)) };
}

const tunnelled = (flags: number, option: boolean): Uint8Array =>
  build.geneveFrame(segment(client, pod, flags), {
    source: entry,
    destination: serving,
    ...(option ? { service } : {}),
  });

const dsr = () => [
  captured('k8s-w0', 'eth1', [
    { timestampUs: 2000, frame: tunnelled(TcpFlag.syn, true) },
    { timestampUs: 3000, frame: segment(service, client, TcpFlag.syn | TcpFlag.ack) },
    { timestampUs: 5000, frame: tunnelled(TcpFlag.ack, false) },
  ]),
  captured('k8s-ctr', 'eth1', [
    { timestampUs: 1000, frame: segment(client, service, TcpFlag.syn) },
    { timestampUs: 1500, frame: tunnelled(TcpFlag.syn, true) },
    { timestampUs: 4000, frame: segment(client, service, TcpFlag.ack) },
    { timestampUs: 4500, frame: tunnelled(TcpFlag.ack, false) },
  ]),
];

test('a DSR connection across two hosts: one flow, and no reply at the entry node', async () => {
  const flows = await joinFlows(dsr());
  expect(flows).toHaveLength(1);
  const [flow] = flows;
  expect(flow).toMatchObject({ protocol: 'tcp', client });
  expect(flow?.sightings).toMatchObject([
    { host: 'k8s-ctr', direction: 'request', destination: service, packets: 2 },
    {
      host: 'k8s-ctr',
      direction: 'request',
      destination: pod,
      packets: 2,
      dsrPackets: 1,
      dsrServices: [service],
    },
    {
      host: 'k8s-w0',
      direction: 'request',
      destination: pod,
      tunnel: { kind: 'geneve', source: entry, vni: 2 },
    },
    { host: 'k8s-w0', direction: 'reply', source: service, tunnel: undefined },
  ]);
  expect(
    flow?.sightings.filter(({ host, direction }) => host === 'k8s-ctr' && direction === 'reply'),
  ).toEqual([]);
});

test('the table says who saw what', async () => {
  const text = renderFlows(await joinFlows(dsr()));
  expect(text).toContain('tcp client 10.10.1.200:40000');
  expect(text).toMatch(
    /\+1\.000 +k8s-w0 +eth1 +request .*geneve 192\.168\.10\.100 > 192\.168\.20\.100 vni 2 .*SYN,ACK +1 x 172\.16\.1\.1:80/,
  );
  expect(renderFlows([])).toBe('no TCP or UDP flow was seen\n');
});

test('without a SYN a known service tells the direction, else the higher port', async () => {
  const middle = () => [
    captured('router', 'eth1', [
      { timestampUs: 1, frame: segment({ ...service, port: 50_000 }, client, TcpFlag.ack) },
    ]),
  ];
  const [guessed] = await joinFlows(middle());
  expect(guessed?.sightings[0]?.direction).toBe('request');
  const [told] = await joinFlows(middle(), { services: [{ ...service, port: 50_000 }] });
  expect(told).toMatchObject({ client, sightings: [{ direction: 'reply' }] });
});

test('source NAT shows as a second client', async () => {
  const file = new URL('./testdata/vip-cluster-node1.pcap', import.meta.url).pathname;
  const flows = await joinFlows([{ host: 'node1', interface: 'eth1', packets: readCapture(file) }]);
  const onPort = flows.filter(flow => flow.client.port === 60_012).map(flow => flow.client.address);
  expect(onPort).toEqual(['192.168.50.1', '192.168.50.11']);
});
