import { readFileSync } from 'node:fs';
import { type Executor, output } from '../../helpers/exec.ts';
import { knownHostKeys } from '../../helpers/known-hosts.ts';
import { connectSsh, type SshExecutor } from '../../helpers/ssh.ts';
import type { Host } from '../contract/lab.ts';

/** How a machine is reached, as `ssh` would be told. Paths are absolute. */
export interface SshLogin {
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  readonly identityFile: string;
  /** Where the machine's own key is known from; or the key, or its fingerprint (`SHA256:…`), itself. */
  readonly knownHosts: { readonly file: string } | { readonly key: string };
}

export interface SshHost extends Host {
  close(): void;
}

/**
 * A machine of a lab over ssh, its host key checked. Any user but root gets root's rights by sudo, without a password.
 * @throws Error saying which machine, and what to do: no key for it, another key, no way in
 */
export async function openSshHost(name: string, role: Host['role'], login: SshLogin): Promise<SshHost> {
  const { address, port = 22, user } = login;
  const ssh = await connectSsh({
    name,
    host: address,
    port,
    username: user,
    privateKey: read(login.identityFile, `the identity file of ${name}`),
    hostKey: hostKeys(name, login),
    sudo: user !== 'root',
  });
  return hostOver(ssh, role);
}

function hostOver(ssh: SshExecutor, role: Host['role']): SshHost {
  return {
    name: ssh.name,
    role,
    exec: (argv, options) => ssh.exec(argv, options),
    start: argv => ssh.start(argv),
    restart: async service => {
      await output(ssh, await restartCommand(ssh, service));
    },
    close: () => ssh.close(),
  };
}

/** systemd's where it runs; Debian's own script in a container or namespace. */
export async function restartCommand(machine: Executor, service: 'frr'): Promise<string[]> {
  const { code } = await machine.exec(['test', '-d', '/run/systemd/system']);
  return code === 0 ? ['systemctl', 'restart', service] : ['/usr/lib/frr/frrinit.sh', 'restart'];
}

function hostKeys(name: string, { address, port = 22, knownHosts }: SshLogin): readonly string[] {
  if ('key' in knownHosts) return [knownHosts.key];
  const { file } = knownHosts;
  const where = port === 22 ? address : `[${address}]:${port}`;
  try {
    const keys = knownHostKeys(read(file, 'the known_hosts file'), address, port);
    if (keys.length > 0) return keys;
  } catch (error) {
    throw new Error(`${name}: ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Error(
    `${name}: ${file} has no key for ${where}, and unknown machines are not trusted. When you know it is the right one: ` +
      `ssh-keyscan -p ${port} ${address} >> ${file}`,
  );
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
