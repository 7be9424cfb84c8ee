import { type Executor, output } from '../../../helpers/exec.ts';
import { hostSpec } from '../../contract/topology.ts';
import { type KindPlan, machinesOf } from './plan.ts';

/**
 * Takes the wire out of an interface at the switch: the container's end of the veth keeps its carrier. The other end is
 * in the engine's own namespace, wherever that is (a virtual machine, on a Mac), so a container there does it.
 * @param image any with iproute2
 * @throws Error naming host and interface
 */
export async function setWire(
  plan: KindPlan,
  where: { readonly host: string; readonly networkInterface: string },
  to: 'cut' | 'mended',
  { tools, image }: { readonly tools: Executor; readonly image: string },
): Promise<void> {
  const { host, networkInterface } = where;
  const plugged = hostSpec(plan.topology, host).interfaces.find(({ name }) => name === networkInterface);
  const machine = machinesOf(plan).find(each => each.host.name === host);
  const network = plan.networks.find((_, index) => plan.topology.networks[index]?.name === plugged?.network);
  if (machine === undefined || network === undefined) {
    throw new Error(
      `${host} has no interface ${networkInterface} on a network of topology ${plan.topology.name}`,
    );
  }
  const peer = (
    await output(tools, [
      'docker',
      'exec',
      machine.container,
      'cat',
      `/sys/class/net/${networkInterface}/iflink`,
    ])
  ).trim();
  const script =
    'link=$(ip -o link show | sed -n "s/^$1: \\([^@:]*\\).*/\\1/p"); [ -n "$link" ] || exit 1; shift; ip link set "$link" "$@"';
  const change = to === 'cut' ? ['nomaster'] : ['master', network.bridge];
  await output(tools, [
    ...['docker', 'run', '--rm', '--privileged', '--network', 'host', '--entrypoint', 'sh', image],
    ...['-c', script, 'sh', peer, ...change],
  ]);
}
