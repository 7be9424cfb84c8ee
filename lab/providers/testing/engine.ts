import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { output } from '../../../helpers/exec.ts';
import { machineTools } from '../../../helpers/tools.ts';
import { startDaemon } from './daemon.ts';
import { installed, unpacked } from './parts.ts';

/** A Docker engine in network, mount and process namespaces of its own, which end with it. */
export interface Engine {
  /** For programs that talk to it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

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
  const dockerd =
    'exec dockerd --host "unix://$1/docker.sock" --data-root "$1/data" --exec-root "$1/exec" --pidfile /run/docker.pid';
  const daemon = startDaemon('dockerd', directory, [dockerd], { ...process.env, PATH: programs });
  const env = { DOCKER_HOST: `unix://${path.join(directory, 'docker.sock')}`, PATH: programs };
  const docker = machineTools({ env });
  try {
    await daemon.answering(async () => (await docker.exec(['docker', 'version'])).code === 0);
    await output(docker, ['docker', 'network', 'ls']);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return { env, stop: daemon.stop };
}
