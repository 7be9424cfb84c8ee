import type { Topology } from '../../contract/topology.ts';
import { fabric, moveCluster, portOf, run } from '../../namespaces/network.ts';
import type { RunningCluster } from './cluster.ts';
import type { Control } from './control.ts';

/** What the lab's process does when a client asks for it. */
export function controlsOf(
  topology: Topology,
  clusters: readonly RunningCluster[],
  frrHealth: Control['health'],
): Control {
  const systems = clusters.map(({ system }) => system);
  const systemOf = (cluster: string): RunningCluster['system'] => {
    const found = clusters.find(({ spec }) => spec.name === cluster);
    if (found === undefined) throw new Error(`there is no cluster ${cluster}`);
    return found.system;
  };
  const systemOn = (node: string): RunningCluster['system'] => {
    const found = clusters.find(({ spec }) => spec.nodes.includes(node));
    if (found === undefined) throw new Error(`no cluster has a node ${node}`);
    return found.system;
  };
  return {
    configure: (cluster, values) => systemOf(cluster).configure(values),
    restartOperator: cluster => systemOf(cluster).restartOperator(),
    stopAgents: async nodes => {
      await Promise.all(nodes.map(node => systemOn(node).stopAgent(node)));
    },
    startAgents: async nodes => {
      await Promise.all(nodes.map(node => systemOn(node).startAgent(node)));
    },
    upgrade: async version => {
      for (const { spec, system } of clusters) {
        if (system.upgrade === undefined)
          throw new Error(`${system.name} in cluster ${spec.name} cannot be upgraded`);
        await system.upgrade(version);
      }
      await Promise.all(systems.map(system => system.settled?.()));
    },
    cut: (host, networkInterface) =>
      run(['ip', '-n', fabric, 'link', 'set', portOf(topology, host, networkInterface), 'nomaster']),
    mend: (host, networkInterface) => {
      const wire = topology.hosts
        .find(({ name }) => name === host)
        ?.interfaces.find(({ name }) => name === networkInterface);
      if (wire === undefined) throw new Error(`host ${host} has no interface ${networkInterface}`);
      const port = portOf(topology, host, networkInterface);
      return run(['ip', '-n', fabric, 'link', 'set', port, 'master', wire.network]);
    },
    isolate: cluster => moveCluster(topology, cluster, 'apart'),
    rejoin: cluster => moveCluster(topology, cluster, 'together'),
    health: async () => (await Promise.all([frrHealth(), ...systems.map(system => system.health())])).flat(),
  };
}
