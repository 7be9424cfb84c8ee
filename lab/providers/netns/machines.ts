import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type HostSpec, type Topology, uplink } from '../../contract/topology.ts';
import { openHost } from '../../namespaces/hosts.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { natOf, run } from '../../namespaces/network.ts';
import { frrConfig } from '../../topologies/frr-config.ts';
import { type LabOnlyFaults, labFaultSetup } from './lab-faults.ts';
import { type RouterFaults, routerFaultLines, routerFaultSetup } from './router-faults.ts';

/** Where a client finds its way to a host: keys and a unix socket that leads to the host's sshd. */
export const sshPaths = (directory: string, host: string) => ({
  socket: path.join(directory, 'ssh', `${host}.sock`),
  hostKey: path.join(directory, 'ssh', `${host}.hostkey`),
  clientKey: path.join(directory, 'ssh', 'id'),
  clientConfig: path.join(directory, 'ssh', 'config'),
});

/** One key for the clients, one for each host. */
export async function createKeys(topology: Topology, directory: string): Promise<void> {
  mkdirSync(path.join(directory, 'ssh'), { recursive: true });
  const files = [
    sshPaths(directory, '').clientKey,
    ...topology.hosts.map(host => sshPaths(directory, host.name).hostKey),
  ];
  await Promise.all(
    files.map(file => run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file])),
  );
  writeFileSync(sshPaths(directory, '').clientConfig, clientConfig(topology, directory));
}

/** For people: `ssh -F <this> router`. */
function clientConfig(topology: Topology, directory: string): string {
  return topology.hosts
    .map(({ name }) => {
      const { socket, clientKey, hostKey } = sshPaths(directory, name);
      const known = path.join(directory, 'ssh', `${name}.known`);
      writeFileSync(known, `${name} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
      return [
        `Host ${name}`,
        '  User root',
        `  HostKeyAlias ${name}`,
        `  UserKnownHostsFile ${known}`,
        `  IdentityFile ${clientKey}`,
        '  IdentitiesOnly yes',
        `  ProxyCommand socat - UNIX-CONNECT:${socket}`,
        '',
      ].join('\n');
    })
    .join('\n');
}

/**
 * The mounts every host sees in place of the machine's own: a root account with no password, a bare shell and
 * an empty home, so that nobody's dotfiles or locked accounts matter, and a hosts file that knows the lab.
 */
export async function maskAccounts(topology: Topology, directory: string): Promise<void> {
  const etc = path.join(directory, 'etc');
  mkdirSync(path.join(directory, 'home'), { recursive: true });
  mkdirSync(etc, { recursive: true });
  const others = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .filter(line => !line.startsWith('root:'));
  writeFileSync(
    path.join(etc, 'passwd'),
    [`root:x:0:0:root:${directory}/home:/bin/sh`, ...others].join('\n'),
  );
  writeFileSync(path.join(etc, 'shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 });
  writeFileSync(
    path.join(etc, 'hosts'),
    [
      '127.0.0.1 localhost',
      ...topology.hosts.map(host => `${host.interfaces[0]?.address.split('/')[0]} ${host.name}`),
      '',
    ].join('\n'),
  );
  await Promise.all(
    ['passwd', 'shadow', 'hosts'].map(file => run(['mount', '--bind', path.join(etc, file), `/etc/${file}`])),
  );
}

export async function openMachine(
  spec: HostSpec,
  topology: Topology,
  directory: string,
  faults: RouterFaults & LabOnlyFaults,
  cgroup?: string,
): Promise<HostNamespace> {
  const isRouter = topology.router?.host === spec.name;
  const setup = [
    ...(isRouter ? frrMounts(topology, directory, faults) : []),
    ...labFaultSetup(directory, faults),
  ];
  return openHost(spec.name, setup.join('\n'), cgroup);
}

function frrMounts(topology: Topology, directory: string, faults: RouterFaults): string[] {
  if (topology.router === undefined) throw new Error(`topology ${topology.name} has no router`);
  const etc = path.join(directory, 'frr');
  mkdirSync(etc, { recursive: true });
  writeFileSync(
    path.join(etc, 'frr.conf'),
    [frrConfig(topology.router), ...routerFaultLines(topology, faults)].join('\n'),
  );
  writeFileSync(path.join(etc, 'vtysh.conf'), '');
  writeFileSync(
    path.join(etc, 'daemons'),
    [
      'bgpd=yes',
      'vtysh_enable=yes',
      'zebra_options="  -A 127.0.0.1 -s 90000000"',
      'bgpd_options="   -A 127.0.0.1"',
      'staticd_options="-A 127.0.0.1"',
      '',
    ].join('\n'),
  );
  // FRR's run and log directories must be its own user's, and the router's alone.
  return [
    `chown -R frr:frr ${etc}`,
    `mount --bind ${etc} /etc/frr`,
    'mkdir -p /run/frr /var/log/frr',
    'mount -t tmpfs -o mode=755 tmpfs /run/frr',
    'mount -t tmpfs -o mode=755 tmpfs /var/log/frr',
    'chown frr:frr /run/frr /var/log/frr',
    ...routerFaultSetup(topology, directory, faults),
  ];
}

export const frrScript = '/usr/lib/frr/frrinit.sh';

export async function startFrr(router: HostNamespace): Promise<void> {
  const result = await router.exec([frrScript, 'start']);
  if (result.code !== 0)
    throw new Error(`FRR did not start on ${router.name}: ${result.stderr || result.stdout}`);
}

/** Starts sshd inside the host, and the way in from outside the lab. */
export function startSshd(host: HostNamespace, directory: string): void {
  const { socket, hostKey, clientKey } = sshPaths(directory, host.name);
  const config = path.join(directory, 'ssh', `${host.name}.conf`);
  writeFileSync(
    config,
    [
      'Port 22',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${clientKey}.pub`,
      'AuthenticationMethods publickey',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'UseDNS no',
      'PidFile none',
      'PrintMotd no',
      'PrintLastLog no',
      'MaxStartups 100',
      'LogLevel ERROR',
      // bash under sshd reads ~/.bashrc. A version manager in root's takes a second for each command: HOME is elsewhere.
      'SetEnv HOME=/run PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '',
    ].join('\n'),
  );
  chmodSync(hostKey, 0o600);
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  host.spawn(['/usr/sbin/sshd', '-D', '-e', '-f', config], { stdio: [...stdio] });
  // A unix socket crosses network namespaces; this end of it runs at the far end of the host's uplink.
  host.spawn(
    [
      'nsenter',
      `--net=/run/netns/${natOf(host.name)}`,
      'socat',
      `UNIX-LISTEN:${socket},fork,mode=600`,
      `TCP:${uplink.address.split('/')[0]}:22,nodelay,retry=50,interval=0.02`,
    ],
    { stdio: [...stdio] },
  );
}
