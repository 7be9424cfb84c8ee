import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type net from 'node:net';

const script = `
const server = require('node:net').createServer();
server.on('error', error => { console.error(error.message); process.exit(1); });
server.listen(Number(process.argv[1]), '0.0.0.0', () => process.send('listening', server, () => process.exit(0)));
`;

/**
 * Listens inside a network namespace and accepts in this process: a socket stays in the namespace it was made in,
 * whoever holds it. @throws Error with what the kernel said
 */
export async function listenInside(netns: string, port: number): Promise<net.Server> {
  const child = spawn('nsenter', [`--net=${netns}`, process.execPath, '--eval', script, String(port)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', chunk => {
    said += chunk;
  });
  const failed = once(child, 'close').then(() => {
    throw new Error(`port ${port} in ${netns} could not be listened at: ${said.trim()}`);
  });
  failed.catch(() => {}); // it ends when it has handed its socket over
  const received = new Promise<net.Server>(resolve => {
    child.on('message', (_, handle) => resolve(handle as net.Server));
  });
  return Promise.race([received, failed]);
}
