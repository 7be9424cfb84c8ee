import { spawn } from 'node:child_process';
import { ExecError } from '../../helpers/exec.ts';
import { type HostSpec, type Topology, uplink } from '../contract/topology.ts';
import { sysctls } from '../topologies/host-network.ts';

/** The namespace that holds the bridges: the wires and switches of the lab. */
export const fabric = 'fabric';

/** The namespace at the far end of a host's uplink, standing for VirtualBox's NAT: it answers, and forwards nothing. */
export const natOf = (host: string): string => `nat-${host}`;

/** The bridge port of a host's interface. Kernel names have 15 characters at most, so it is numbered. */
export function portOf(topology: Topology, host: string, networkInterface: string): string {
  const all = topology.hosts.flatMap(spec => spec.interfaces.map(i => `${spec.name}/${i.name}`));
  const index = all.indexOf(`${host}/${networkInterface}`);
  if (index < 0) throw new Error(`host ${host} has no interface ${networkInterface} in the topology`);
  return `port${index}`;
}

/** `ip -batch` lines, run in the lab's own network namespace, that make every namespace and wire. */
export function wiring(topology: Topology): string[] {
  const namespaces = [fabric, ...topology.hosts.flatMap(host => [host.name, natOf(host.name)])];
  return [
    ...namespaces.map(name => `netns add ${name}`),
    ...topology.hosts.flatMap(host => [
      ...host.interfaces.map(
        i =>
          `link add ${portOf(topology, host.name, i.name)} netns ${fabric} type veth peer name ${i.name} netns ${host.name}`,
      ),
      `link add eth0 netns ${natOf(host.name)} type veth peer name ${uplink.interface} netns ${host.name}`,
      // `ifb` has the flags of a dummy interface and exists where dummy does not.
      ...(host.loopbacks ?? []).map(loopback => `link add ${loopback.name} netns ${host.name} type ifb`),
    ]),
  ];
}

/** `ip -n fabric -batch` lines: a bridge per network, and every port plugged into its own. */
export function switching(topology: Topology): string[] {
  return [
    ...topology.networks.flatMap(({ name }) => [
      `link add ${name} type bridge stp_state 0 mcast_snooping 0`,
      `link set ${name} up`,
    ]),
    ...topology.hosts.flatMap(host =>
      host.interfaces.map(i => `link set ${portOf(topology, host.name, i.name)} master ${i.network} up`),
    ),
  ];
}

/** `ip -n <host> -batch` lines: addresses and routes as on the documents' machines. */
export function addressing(host: HostSpec): string[] {
  return [
    'link set lo up',
    ...host.interfaces.flatMap(i => [`addr add ${i.address} dev ${i.name}`, `link set ${i.name} up`]),
    ...(host.loopbacks ?? []).flatMap(l => [`addr add ${l.address} dev ${l.name}`, `link set ${l.name} up`]),
    `addr add ${uplink.address} dev ${uplink.interface}`,
    `link set ${uplink.interface} up`,
    `route add default via ${uplink.gateway} dev ${uplink.interface} proto dhcp src ${uplink.address.split('/')[0]} metric 100`,
    ...(host.routes ?? []).map(route => `route add ${route.to} via ${route.via} proto static`),
  ];
}

/** Builds the whole network. @throws ExecError with what `ip` said */
export async function buildNetwork(topology: Topology): Promise<void> {
  await ip([], wiring(topology));
  await Promise.all([
    ip(['-n', fabric], switching(topology)),
    // Bridged frames are no business of a packet filter's, whatever the machine says.
    run([
      ...['nsenter', `--net=/run/netns/${fabric}`, 'sh', '-euc'],
      'f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e $f ] || echo 0 > $f',
    ]),
    ...topology.hosts.flatMap(host => [
      configureHost(host),
      ip(
        ['-n', natOf(host.name)],
        ['link set lo up', `addr add ${uplink.gateway}/24 dev eth0`, 'link set eth0 up'],
      ),
    ]),
  ]);
}

async function configureHost(host: HostSpec): Promise<void> {
  const settings = Object.entries(sysctls(host)).map(([key, value]) => `echo ${value} > /proc/sys/${key}`);
  await run(['nsenter', `--net=/run/netns/${host.name}`, 'sh', '-euc', settings.join('\n')]);
  await ip(['-n', host.name], addressing(host));
  if (host.role === 'router') await sendAsOnTheWire(host);
}

/** Clients are here: with offloads, captures would show wrong checksums and frames that no wire carries. */
async function sendAsOnTheWire(host: HostSpec): Promise<void> {
  const off = host.interfaces.map(({ name }) => `ethtool -K ${name} tx off`).join('\n');
  await run(['nsenter', `--net=/run/netns/${host.name}`, 'sh', '-euc', off]);
}

function ip(options: readonly string[], lines: readonly string[]): Promise<void> {
  return run(['ip', ...options, '-batch', '-'], `${lines.join('\n')}\n`);
}

/** Runs a program of the lab's own (not of a host's). @throws ExecError */
export async function run(argv: readonly string[], input = ''): Promise<void> {
  const [program, ...args] = argv as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
    child.stdin.on('error', () => {}); // a program that ends early tells it by its exit code
    child.stdin.end(input);
  });
  if (code !== 0)
    throw new ExecError('the lab', argv, `exit code ${code}`, { code: code ?? -1, stdout: said, stderr: '' });
}

/** Plugs a cluster's nodes into switches of their own, or back into those they share with the others. @throws ExecError */
export async function moveCluster(
  topology: Topology,
  cluster: string,
  where: 'apart' | 'together',
): Promise<void> {
  const nodes = topology.clusters.find(({ name }) => name === cluster)?.nodes;
  if (nodes === undefined) throw new Error(`topology ${topology.name} has no cluster ${cluster}`);
  const wires = topology.hosts
    .filter(({ name }) => nodes.includes(name))
    .flatMap(host =>
      host.interfaces.map(i => ({ port: portOf(topology, host.name, i.name), network: i.network })),
    );
  const ownSwitch = (network: string): string => `${network.slice(0, 10)}-own`;
  const networks = [...new Set(wires.map(({ network }) => network))];
  const moves = wires.map(
    ({ port, network }) => `link set ${port} master ${where === 'apart' ? ownSwitch(network) : network}`,
  );
  await ip(
    ['-n', fabric],
    where === 'apart'
      ? [
          ...networks.map(
            network => `link add ${ownSwitch(network)} type bridge stp_state 0 mcast_snooping 0`,
          ),
          ...networks.map(network => `link set ${ownSwitch(network)} up`),
          ...moves,
        ]
      : [...moves, ...networks.map(network => `link del ${ownSwitch(network)}`)],
  );
}
