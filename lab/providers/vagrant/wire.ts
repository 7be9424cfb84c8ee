import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Executor, output } from '../../../helpers/exec.ts';
import { hostSpec, type Topology } from '../../topology.ts';
import { vagrantLabs } from './labs.ts';
import { macOf } from './machines.ts';

/**
 * Takes a machine off its virtual network at the hypervisor.
 * @throws Error naming host and interface, or what the hypervisor said
 */
export async function setWire(
  topology: Topology,
  { host, networkInterface }: { readonly host: string; readonly networkInterface: string },
  to: 'cut' | 'mended',
  tools: Executor,
): Promise<void> {
  const index = hostSpec(topology, host).interfaces.findIndex(({ name }) => name === networkInterface);
  const spec = hostSpec(topology, host).interfaces[index];
  if (spec === undefined)
    throw new Error(`${host} has no interface ${networkInterface} in topology ${topology.name}`);
  const { provider, id } = machineOf(topology, host);
  const network = `conformance-${topology.name}-${spec.network}`;
  const argv =
    provider === 'libvirt'
      ? [
          'virsh',
          '--connect',
          'qemu:///system',
          'domif-setlink',
          id,
          macOf(spec.address.split('/')[0] ?? ''),
          to === 'cut' ? 'down' : 'up',
        ]
      : [
          'VBoxManage',
          'controlvm',
          id,
          `nic${index + 2}`,
          'intnet',
          to === 'cut' ? `${network}-cut-${host}` : network,
        ];
  await output(tools, argv);
}

/** What vagrant noted of a machine: a directory a hypervisor that has it, with its id there. */
function machineOf(topology: Topology, host: string): { readonly provider: string; readonly id: string } {
  const directory = path.join(vagrantLabs.directory(topology.name), 'vagrant', 'machines', host);
  for (const provider of ['libvirt', 'virtualbox']) {
    try {
      return { provider, id: readFileSync(path.join(directory, provider, 'id'), 'utf8').trim() };
    } catch {
      // another one has it
    }
  }
  throw new Error(`vagrant has no machine ${host} in ${directory}`);
}
