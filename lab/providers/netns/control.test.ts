import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { type Control, connectControl, serveControl } from './control.ts';

test('each call has a connection of its own, and an error comes back with its words', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'control-'));
  const socket = path.join(directory, 'control.sock');
  const server = serveControl(socket, {
    health: async () => ['zebra does not run'],
    restartOperator: cluster => Promise.reject(new Error(`there is no cluster ${cluster}`)),
  } as Control);
  await once(server, 'listening');
  let connections = 0;
  server.on('connection', () => connections++);
  const control = connectControl(socket);

  expect(await control.health()).toEqual(['zebra does not run']);
  await expect(control.restartOperator('north')).rejects.toThrow(
    'lab control restartOperator(north): there is no cluster north',
  );
  expect(connections).toBe(2);

  server.close();
  rmSync(directory, { recursive: true });
});
