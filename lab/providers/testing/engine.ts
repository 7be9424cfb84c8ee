import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { output } from '../../../helpers/exec.ts';
import { machineTools } from '../../../helpers/tools.ts';
import { until } from '../../../helpers/waiting.ts';
import { installed, unpacked } from './parts.ts';

/** A Docker engine in network, mount and process namespaces of its own, which end with it. */
export interface Engine {
  /** For programs that talk to it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const upMs = 60_000;

/**
 * Debian 13's engine with Debian 12's runc, unpacked: 12's own fails on privileged containers where CAP_SYS_RESOURCE
 * is missing. @param directory empty, for images and the socket @throws NotToBeHad
 */
export async function startEngine(directory: string): Promise<Engine> {
  installed('iptables');
  const engine = unpacked('trixie', 'docker.io', 'docker-cli', 'containerd');
  const runc = unpacked('bookworm', 'runc');
  const kind = unpacked('sid', 'kind');
  const programs = [
    ...[`${runc}/usr/sbin`, `${runc}/usr/bin`, `${engine}/usr/bin`, `${engine}/usr/sbin`, `${kind}/usr/bin`],
    process.env.PATH ?? '',
  ].join(':');
  mkdirSync(directory, { recursive: true });
  const socket = path.join(directory, 'docker.sock');
  const log = openSync(path.join(directory, 'engine.log'), 'w');
  const script = [
    'mount --make-rprivate /',
    'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log',
    'ip link set lo up',
    'exec dockerd --host "unix://$1/docker.sock" --data-root "$1/data" --exec-root "$1/exec" --pidfile /run/docker.pid',
  ].join('\n');
  const unshare = ['unshare', '-m', '-n', '-p', '-u', '-i', '-f', '--kill-child', '--mount-proc'];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', ...unshare, '--', 'sh', '-euc', script, 'engine', directory],
    { stdio: ['ignore', log, log], env: { ...process.env, PATH: programs } },
  );
  closeSync(log);
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const env = { DOCKER_HOST: `unix://${socket}`, PATH: programs };
  const docker = machineTools({ env });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    await until('the Docker engine to answer', upMs, async () => {
      if (child.exitCode !== null)
        throw new Error(
          `dockerd ended: ${readFileSync(path.join(directory, 'engine.log'), 'utf8').slice(-2000)}`,
        );
      return (await docker.exec(['docker', 'version'])).code === 0 ? true : undefined;
    });
    await output(docker, ['docker', 'network', 'ls']);
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, stop };
}
