import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { localExecutor } from '../local-executor.ts';
import { sendDatagrams, serveDatagrams } from './datagrams.ts';

const here = localExecutor('here');
const address = '127.0.0.1';
const anyPort = { source: null, sourcePort: 0 };

/** A port that nobody has just now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return port;
}

test('datagrams are answered with the name, as often as they are sent', async () => {
  const port = await freePort();
  const server = await serveDatagrams(here, port, 'pod-1');
  const answers = await sendDatagrams(here, { address, port, each: 3, requests: [anyPort, anyPort] });
  server.endInput();
  await server.exited;
  expect(answers.map(({ answers: names }) => names)).toEqual(
    Array.from({ length: 2 }, () => ['pod-1', 'pod-1', 'pod-1']),
  );
});

test('silence and refusals are answers that are missing', async () => {
  const silent = createSocket('udp4').bind(0, address);
  await once(silent, 'listening');
  const port = silent.address().port;
  const [waited] = await sendDatagrams(here, { address, port, each: 2, requests: [anyPort] });
  silent.close();
  const [refused] = await sendDatagrams(here, {
    address,
    port: await freePort(),
    each: 2,
    requests: [anyPort],
  });
  expect([waited?.answers, refused?.answers]).toEqual([[], []]);
});

test('an answer from another address than was asked does not count', async () => {
  const asked = createSocket('udp4').bind(0, address);
  await once(asked, 'listening');
  const other = createSocket('udp4').bind(0, '127.0.0.2');
  await once(other, 'listening');
  asked.on('message', (_, { port: from }) => other.send('pod-1', from, address));
  const [sent] = await sendDatagrams(here, {
    address,
    port: asked.address().port,
    each: 1,
    requests: [anyPort],
  });
  asked.close();
  other.close();
  expect(sent?.answers).toEqual([]);
});
