import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Executor, output } from '../../../helpers/exec.ts';
import { hostSpec, type Topology } from '../../contract/topology.ts';
import { vagrantLabs } from './labs.ts';
import { macOf } from './machines.ts';

const virsh = ['virsh', '--connect', 'qemu:///system'] as const;

/** Why wires of a lab cannot be cut as the contract wants it; undefined where they can. */
export function whyNoCutting(topology: Topology): string | undefined {
  const [first] = topology.hosts;
  return first !== undefined && machineOf(topology, first.name).hypervisor === 'libvirt'
    ? undefined
    : 'VirtualBox takes the carrier away from a machine that it moves to another network';
}

/**
 * Plugs a machine into a network that nobody else is on, or back: libvirt moves its end of the wire from bridge to
 * bridge, and the machine keeps its carrier.
 * @throws Error naming host and interface, or what libvirt said
 */
export async function setWire(
  topology: Topology,
  { host, networkInterface }: { readonly host: string; readonly networkInterface: string },
  to: 'cut' | 'mended',
  tools: Executor,
): Promise<void> {
  const spec = hostSpec(topology, host).interfaces.find(({ name }) => name === networkInterface);
  if (spec === undefined)
    throw new Error(`${host} has no interface ${networkInterface} in topology ${topology.name}`);
  const { id } = machineOf(topology, host);
  const own = `conformance-${topology.name}-${spec.network}`;
  const nowhere = `conformance-${topology.name}-nowhere`;
  if (to === 'cut' && (await tools.exec([...virsh, 'net-info', nowhere])).code !== 0) {
    const network = `<network><name>${nowhere}</name><bridge stp="off" delay="0"/></network>`;
    await output(tools, reading([...virsh, 'net-create', '/dev/stdin']), { input: network });
  }
  const mac = macOf(spec.address.split('/')[0] ?? '');
  const plugged = interfaceOf(await output(tools, [...virsh, 'dumpxml', id]), mac);
  if (plugged === undefined) throw new Error(`libvirt's machine ${id} (${host}) has no interface ${mac}`);
  // The rest of it as it is: libvirt changes nothing but the network of a machine that runs.
  const moved = plugged.replace(/<source [^>]*\/>/, `<source network="${to === 'cut' ? nowhere : own}"/>`);
  await output(tools, reading([...virsh, 'update-device', id, '/dev/stdin', '--live']), { input: moved });
}

/** Standard input of ours is a socket, which cannot be opened by name; a pipe can. */
const reading = (argv: readonly string[]): string[] => ['sh', '-c', 'cat | "$@"', 'sh', ...argv];

/** The `<interface>` of a libvirt domain with this MAC address. */
export const interfaceOf = (domain: string, mac: string): string | undefined =>
  domain.match(/<interface [\s\S]*?<\/interface>/g)?.find(each => each.includes(`address='${mac}'`));

/** The network that cut wires led to. Not there is no error. */
export const removeNowhere = async (topology: Topology, tools: Executor): Promise<void> => {
  await tools.exec([...virsh, 'net-destroy', `conformance-${topology.name}-nowhere`]);
};

/** What vagrant noted of a machine: a directory for the hypervisor that has it, with its id there. */
function machineOf(
  topology: Topology,
  host: string,
): { readonly hypervisor: 'libvirt' | 'virtualbox'; readonly id: string } {
  const directory = path.join(vagrantLabs.directory(topology.name), 'vagrant', 'machines', host);
  for (const hypervisor of ['libvirt', 'virtualbox'] as const) {
    const file = path.join(directory, hypervisor, 'id');
    if (existsSync(file)) return { hypervisor, id: readFileSync(file, 'utf8').trim() };
  }
  throw new Error(`vagrant has no machine ${host} in ${directory}`);
}
