import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../../helpers/waiting.ts';

/** A daemon that is the first process in mount, network, process and other namespaces of its own, which end with it. */
export interface Daemon {
  /** Its process id here. */
  pid(): Promise<string>;
  /** Waits until it answers. @throws Error with the end of its log when it has ended, or does not in time */
  answering(answers: () => Promise<boolean>): Promise<void>;
  /** The end of its log. */
  said(): string;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
}

const upMs = 60_000;

/**
 * @param directory its own: for its log, and whatever the script keeps there (`$1`)
 * @param script bash, run in the namespaces, with /run and /var/log empty and the loopback interface up; it ends by
 * `exec`ing the daemon
 */
export function startDaemon(
  name: string,
  directory: string,
  script: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Daemon {
  const file = path.join(directory, `${name}.log`);
  const log = openSync(file, 'w');
  const unshare = ['unshare', '-m', '-n', '-p', '-u', '-i', '-f', '--kill-child', '--mount-proc'];
  const whole = [
    'mount --make-rprivate /',
    'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log',
    'ip link set lo up',
    ...script,
  ].join('\n');
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', ...unshare, '--', 'bash', '-euc', whole, name, directory],
    { stdio: ['ignore', log, log], env },
  );
  closeSync(log);
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const said = (): string => readFileSync(file, 'utf8').slice(-2000);
  return {
    said,
    pid: () =>
      until(`${name} to have its namespaces`, upMs, async () => {
        const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
        const pid = children.trim().split(' ')[0] ?? '';
        return pid === '' ? undefined : pid;
      }),
    answering: async answers => {
      await until(`${name} to answer`, upMs, async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended`);
        return (await answers()) ? true : undefined;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${said()}`);
      });
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
