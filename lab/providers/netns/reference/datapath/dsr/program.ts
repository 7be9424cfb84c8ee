import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ciliumNodes } from '../../../../../../helpers/cilium/resources.ts';
import { prefix } from '../../../../../../helpers/ipv4.ts';
import { hostAddress, hostSpec, uplink } from '../../../../../topology.ts';
import type { HostNamespace } from '../../../namespace.ts';
import { run } from '../../../network.ts';
import type { SystemContext } from '../../../system.ts';
import type { Frontend } from '../frontends.ts';
import type { NorthSouthProgram } from '../service-translation.ts';
import type { DatapathSettings } from '../settings.ts';
import {
  configEntry,
  type MapEntries,
  mapEntries,
  Numbers,
  type PodNetwork,
  type ProgramNode,
} from './entries.ts';
import { compiledProgram } from './object.ts';

/** The programs on one node, and what their maps hold. */
interface Loaded {
  readonly pins: string;
  readonly node: ProgramNode;
  readonly numbers: { readonly backendNumbers: Numbers; readonly tableNumbers: Numbers };
  entries: MapEntries;
}

const nothing: MapEntries = { backends: new Map(), tables: new Map(), services: new Map() };

/** Direct server return with Geneve dispatch by program.c, on every interface of a node. */
export class DsrProgram implements NorthSouthProgram {
  readonly #context: SystemContext;
  readonly #loaded = new Map<string, Loaded>();
  #pinRoot: Promise<string> | undefined;

  constructor(context: SystemContext) {
    this.#context = context;
  }

  async apply(
    host: HostNamespace,
    frontends: readonly Frontend[],
    settings: DatapathSettings,
  ): Promise<void> {
    const loaded = this.#loaded.get(host.name) ?? (await this.#load(host));
    const wanted = mapEntries(loaded.node, frontends, {
      algorithm: settings.loadBalancer.algorithm,
      podNetworks: this.#podNetworks(),
      faults: this.#context.faults,
      ...loaded.numbers,
    });
    await write(loaded.pins, loaded.entries, wanted);
    loaded.entries = wanted;
  }

  async remove(host: HostNamespace): Promise<void> {
    const loaded = this.#loaded.get(host.name);
    if (loaded === undefined) return;
    this.#loaded.delete(host.name);
    await tc(
      host,
      interfaces(this.#context, host.name).map(dev => `qdisc del dev ${dev} clsact`),
    );
    rmSync(loaded.pins, { recursive: true });
  }

  async #load(host: HostNamespace): Promise<Loaded> {
    const object = await compiledProgram();
    this.#pinRoot ??= mountPins();
    const pins = path.join(await this.#pinRoot, host.name);
    mkdirSync(pins);
    await run(['bpftool', 'prog', 'loadall', object, pins, 'type', 'classifier', 'pinmaps', pins]);
    const { version, faults } = this.#context;
    const node = await this.#describe(host);
    await bpftool([
      `map update pinned ${pins}/node_config key hex 00 00 00 00 value hex ${configEntry(node, version, faults)}`,
    ]);
    const attach = (dev: string): string[] => [
      `qdisc replace dev ${dev} clsact`,
      `filter replace dev ${dev} ingress prio 1 handle 1 bpf da pinned ${pins}/from_lan`,
      `filter replace dev ${dev} egress prio 1 handle 1 bpf da pinned ${pins}/to_lan`,
    ];
    await tc(host, interfaces(this.#context, host.name).flatMap(attach));
    const numbers = { backendNumbers: new Numbers(), tableNumbers: new Numbers() };
    const loaded: Loaded = { pins, node, numbers, entries: nothing };
    this.#loaded.set(host.name, loaded);
    return loaded;
  }

  async #describe(host: HostNamespace): Promise<ProgramNode> {
    const { topology } = this.#context;
    const [main] = hostSpec(topology, host.name).interfaces;
    const { stdout } = await host.exec(['ip', '-j', 'link', 'show', 'dev', main?.name ?? '']);
    const [link] = JSON.parse(stdout || '[]') as { ifindex: number; mtu: number }[];
    if (link === undefined)
      throw new Error(`${host.name} has no interface ${main?.name} to send Geneve from`);
    const addresses = hostSpec(topology, host.name).interfaces.map(({ address }) => address);
    return {
      name: host.name,
      address: hostAddress(topology, host.name),
      addresses: [...addresses, uplink.address].map(address => address.replace(/\/\d+$/, '')),
      interfaceIndex: link.ifindex,
      mtu: link.mtu,
    };
  }

  #podNetworks(): PodNetwork[] {
    return this.#context.kube.list(ciliumNodes).flatMap(({ spec }) => {
      const nodeAddress = spec.addresses?.find(({ type }) => type === 'InternalIP')?.ip;
      if (nodeAddress === undefined) return [];
      const ranges = [...(spec.ipam?.podCIDRs ?? []), `${nodeAddress}/32`].map(prefix);
      return ranges.map(range => ({ range, nodeAddress }));
    });
  }
}

function interfaces({ topology }: SystemContext, node: string): string[] {
  return [...hostSpec(topology, node).interfaces.map(({ name }) => name), uplink.interface];
}

/**
 * Pins live in a file system of their own, in the lab's own mounts: it ends with the lab, and the programs with it.
 * The path is short and has no dots, which libbpf would replace.
 */
async function mountPins(): Promise<string> {
  const directory = '/run/bpf';
  mkdirSync(directory);
  await run(['mount', '-t', 'bpf', 'bpf', directory]);
  return directory;
}

/** What refers to something else comes after it, and goes before it. */
async function write(pins: string, before: MapEntries, after: MapEntries): Promise<void> {
  const update = (map: keyof MapEntries): string[] =>
    [...after[map]]
      .filter(([key, value]) => before[map].get(key) !== value)
      .map(([key, value]) => `map update pinned ${pins}/${map} key hex ${key} value hex ${value}`);
  const removal = (map: keyof MapEntries): string[] =>
    [...before[map].keys()]
      .filter(key => !after[map].has(key))
      .map(key => `map delete pinned ${pins}/${map} key hex ${key}`);
  await bpftool(update('backends'));
  // A table is more than a line of a batch holds.
  for (const line of update('tables')) await run(['bpftool', ...line.split(' ')]);
  await bpftool([
    ...update('services'),
    ...removal('services'),
    ...removal('tables'),
    ...removal('backends'),
  ]);
}

async function bpftool(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run(['bpftool', 'batch', 'file', '-'], `${lines.join('\n')}\n`);
}

function tc(host: HostNamespace, lines: readonly string[]): Promise<void> {
  return run(['nsenter', `--net=${host.netns}`, 'tc', '-batch', '-'], `${lines.join('\n')}\n`);
}
