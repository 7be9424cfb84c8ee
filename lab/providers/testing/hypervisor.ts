import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ExecError, type Executor, output } from '../../../helpers/exec.ts';
import { localExecutor } from '../../../helpers/local-executor.ts';
import { startDaemon } from './daemon.ts';
import { installed } from './parts.ts';

/** libvirt in network, mount and process namespaces of its own, in which vagrant runs too; they end with it. */
export interface Hypervisor {
  /** Runs programs where libvirt is. */
  readonly tools: Executor;
  /** The same, as one argv. */
  command(argv: readonly string[]): string[];
  stop(): Promise<void>;
}

const drivers = '/usr/lib/*-linux-gnu/libvirt/connection-driver';

/**
 * @param directory empty: disks, sockets and what vagrant keeps for its user
 * @param box where the test's box and its kernel are
 * @throws NotToBeHad
 */
export async function startHypervisor(directory: string, box: string): Promise<Hypervisor> {
  installed(
    ...[
      'vagrant',
      'vagrant-libvirt',
      'libvirt-daemon-system',
      'libvirt-daemon-driver-qemu',
      'libvirt-clients',
    ],
    ...['qemu-system-x86', 'qemu-utils', 'dnsmasq-base', 'iptables', 'openssh-client'],
  );
  for (const name of ['etc', 'lib', 'cache', 'disks', 'home'])
    mkdirSync(path.join(directory, name), { recursive: true });
  const settings = {
    // Nothing that only a whole machine has: a log daemon, security labels, control groups.
    'qemu.conf':
      'stdio_handler = "file"\nsecurity_driver = "none"\nuser = "root"\ngroup = "root"\ncgroup_controllers = []\nremember_owner = 0\nnamespaces = []\n',
    'libvirtd.conf': 'auth_unix_rw = "none"\nunix_sock_rw_perms = "0700"\n',
  };
  for (const [name, text] of Object.entries(settings)) writeFileSync(path.join(directory, 'etc', name), text);
  const daemon = startDaemon('libvirtd', directory, [
    'mount -t sysfs sysfs /sys',
    'mount --bind "$1/etc" /etc/libvirt && mount --bind "$1/lib" /var/lib/libvirt && mount --bind "$1/cache" /var/cache/libvirt',
    // The driver that lists a machine's devices waits for a udev that is not there.
    `mkdir /run/drivers && cp ${drivers}/libvirt_driver_{qemu,network,storage,secret}.so /run/drivers`,
    `mount --bind /run/drivers $(echo ${drivers})`,
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
    // It does not reap what it starts, and is the first process here.
    'exec tini -- libvirtd --pid-file /run/libvirtd.pid',
  ]);
  try {
    const inside = await daemon.pid();
    const enter = [
      ...['nsenter', '--target', inside, '--mount', '--net', '--pid', '--ipc', '--uts', '--'],
      ...[
        'env',
        `HOME=${path.join(directory, 'home')}`,
        `VAGRANT_HOME=${path.join(directory, 'home', 'vagrant')}`,
      ],
      ...['VAGRANT_DEFAULT_PROVIDER=libvirt', `CONFORMANCE_TEST_BOX=${box}`],
    ];
    const tools = localExecutor('the hypervisor', enter);
    const virsh = ['virsh', '--connect', 'qemu:///system'];
    await daemon.answering(async () => (await tools.exec([...virsh, 'version'])).code === 0);
    const pool = ['conformance', 'dir', '--target', path.join(directory, 'disks')];
    await output(tools, [...virsh, 'pool-create-as', ...pool]);
    return { tools, command: argv => [...enter, ...argv], stop: daemon.stop };
  } catch (error) {
    const said = daemon.said();
    await daemon.stop();
    throw error instanceof ExecError ? new Error(`${error.message}\n${said}`) : error;
  }
}
