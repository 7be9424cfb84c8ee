import { ciliumNodes } from '../../../../../helpers/cilium/resources.ts';
import { prefix } from '../../../../../helpers/ipv4.ts';
import { hostSpec, uplink } from '../../../../contract/topology.ts';
import type { HostNamespace } from '../../../../namespaces/namespace.ts';
import { run } from '../../../../namespaces/network.ts';
import type { SystemContext } from '../../../embedded.ts';
import type { Frontend } from '../frontends.ts';
import type { NorthSouthProgram } from '../service-translation.ts';
import type { DatapathSettings } from '../settings.ts';
import { type MapEntries, mapEntries, Numbers, type PodNetwork } from './entries.ts';
import { bpftool, type Loaded, loadPrograms } from './loaded.ts';

/** The programs on one node, and what their maps hold. */
interface Serving {
  readonly loaded: Loaded;
  readonly numbers: { readonly backendNumbers: Numbers; readonly tableNumbers: Numbers };
  entries: MapEntries;
}

const nothing: MapEntries = { backends: new Map(), tables: new Map(), services: new Map() };

/** Direct server return with Geneve dispatch by program.c, on every interface of a node. */
export class DsrProgram implements NorthSouthProgram {
  readonly #context: SystemContext;
  readonly #nodes = new Map<string, Serving>();

  constructor(context: SystemContext) {
    this.#context = context;
  }

  async apply(
    host: HostNamespace,
    frontends: readonly Frontend[],
    settings: DatapathSettings,
  ): Promise<void> {
    const serving = this.#nodes.get(host.name) ?? (await this.#load(host));
    const { node, pins } = serving.loaded;
    const wanted = mapEntries(node, frontends, {
      algorithm: settings.loadBalancer.algorithm,
      podNetworks: this.#podNetworks(),
      faults: this.#context.faults,
      ...serving.numbers,
    });
    await write(pins, serving.entries, wanted);
    serving.entries = wanted;
  }

  async remove(host: HostNamespace): Promise<void> {
    const serving = this.#nodes.get(host.name);
    if (serving === undefined) return;
    this.#nodes.delete(host.name);
    await serving.loaded.unload();
  }

  async #load(host: HostNamespace): Promise<Serving> {
    const loaded = await loadPrograms(
      this.#context,
      host,
      'dsr',
      interfaces(this.#context, host.name).flatMap(
        dev =>
          [
            { dev, hook: 'ingress', program: 'from_lan' },
            { dev, hook: 'egress', program: 'to_lan' },
          ] as const,
      ),
    );
    const numbers = { backendNumbers: new Numbers(), tableNumbers: new Numbers() };
    const serving: Serving = { loaded, numbers, entries: nothing };
    this.#nodes.set(host.name, serving);
    return serving;
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
