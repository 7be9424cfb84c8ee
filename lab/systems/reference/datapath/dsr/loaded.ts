import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { hostAddress, hostSpec, uplink } from '../../../../contract/topology.ts';
import type { HostNamespace } from '../../../../namespaces/namespace.ts';
import { run } from '../../../../namespaces/network.ts';
import type { SystemContext } from '../../../embedded.ts';
import { configEntry, type ProgramNode } from './entries.ts';
import { compiledProgram } from './object.ts';

/** Programs of program.c, on interfaces of a node. */
export interface Loaded {
  readonly node: ProgramNode;
  /** The directory in which programs and maps are pinned. */
  readonly pins: string;
  /** Takes the programs off and forgets their maps. */
  unload(): Promise<void>;
}

export interface Attachment {
  readonly dev: string;
  readonly hook: 'ingress' | 'egress';
  readonly program: 'from_lan' | 'to_lan' | 'to_tunnel';
}

/**
 * @param as what makes the maps different from others of the same node
 * @param source the outer source of what is sent in Geneve; the node's own address unless given
 * @throws Error saying why there is no compiled program, or what tc and bpftool said
 */
export async function loadPrograms(
  { topology, version, faults }: SystemContext,
  host: HostNamespace,
  as: string,
  attachments: readonly Attachment[],
  source = hostAddress(topology, host.name),
): Promise<Loaded> {
  const object = await compiledProgram();
  const pins = path.join(await pinRoot(), `${host.name}-${as}`);
  mkdirSync(pins);
  await run(['bpftool', 'prog', 'loadall', object, pins, 'type', 'classifier', 'pinmaps', pins]);
  const node = await nodeFacts(host, topology);
  const config = configEntry(node, source, version, faults);
  await bpftool([`map update pinned ${pins}/node_config key hex 00 00 00 00 value hex ${config}`]);
  const devices = [...new Set(attachments.map(({ dev }) => dev))];
  await tc(host, [
    ...devices.map(dev => `qdisc replace dev ${dev} clsact`),
    ...attachments.map(
      ({ dev, hook, program }) =>
        `filter replace dev ${dev} ${hook} prio 1 handle 1 bpf da pinned ${pins}/${program}`,
    ),
  ]);
  return {
    node,
    pins,
    unload: async () => {
      await tc(
        host,
        devices.map(dev => `qdisc del dev ${dev} clsact`),
      );
      rmSync(pins, { recursive: true });
    },
  };
}

async function nodeFacts(host: HostNamespace, topology: SystemContext['topology']): Promise<ProgramNode> {
  const { interfaces } = hostSpec(topology, host.name);
  const [main] = interfaces;
  const { stdout } = await host.exec(['ip', '-j', 'link', 'show', 'dev', main?.name ?? '']);
  const [link] = JSON.parse(stdout || '[]') as { ifindex: number; mtu: number }[];
  if (link === undefined) throw new Error(`${host.name} has no interface ${main?.name} to send Geneve from`);
  return {
    name: host.name,
    address: hostAddress(topology, host.name),
    addresses: [...interfaces.map(({ address }) => address), uplink.address].map(address =>
      address.replace(/\/\d+$/, ''),
    ),
    interfaceIndex: link.ifindex,
    mtu: link.mtu,
  };
}

let root: Promise<string> | undefined;

/**
 * Pins live in a file system of their own, in the lab's own mounts: it ends with the lab, and the programs with it.
 * The path is short and has no dots, which libbpf would replace.
 */
function pinRoot(): Promise<string> {
  root ??= (async () => {
    const directory = '/run/bpf';
    mkdirSync(directory);
    await run(['mount', '-t', 'bpf', 'bpf', directory]);
    return directory;
  })();
  return root;
}

export async function bpftool(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run(['bpftool', 'batch', 'file', '-'], `${lines.join('\n')}\n`);
}

function tc(host: HostNamespace, lines: readonly string[]): Promise<void> {
  return run(['nsenter', `--net=${host.netns}`, 'tc', '-batch', '-'], `${lines.join('\n')}\n`);
}
