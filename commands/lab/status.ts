import { ciliumAgent } from '../../helpers/cilium/agent.ts';
import { remoteClusters } from '../../helpers/cilium/mesh.ts';
import { frr } from '../../helpers/frr.ts';
import { routeRow, routes } from '../../helpers/iproute.ts';
import { connectKube } from '../../helpers/kube/client.ts';
import { type Lab, systemLabel } from '../../lab/contract/lab.ts';

/** The lab as text: hosts on their networks, BGP sessions, the routes the router learned. */
export async function drawStatus(name: string, lab: Lab): Promise<string> {
  const { topology } = lab;
  const lines = [`lab ${name}: topology ${topology.name}; system under test: ${systemLabel(lab.system)}`, ''];
  for (const network of topology.networks) {
    lines.push(`${network.name}  ${network.prefix}`);
    const members = topology.hosts.flatMap(host =>
      host.interfaces.filter(i => i.network === network.name).map(i => ({ host, i })),
    );
    for (const [index, { host, i }] of members.entries()) {
      const branch = index === members.length - 1 ? '└─' : '├─';
      lines.push(
        `  ${branch} ${i.address.padEnd(19)} ${i.name}  ${host.name}${host.role === 'router' ? ' (router)' : ''}`,
      );
    }
  }
  if (topology.router !== undefined) {
    const router = lab.host(topology.router.host);
    const [neighbors, table] = await Promise.all([frr(router).neighbors(), routes(router)]);
    lines.push('', `BGP sessions of ${router.name} (AS ${topology.router.asn})`);
    for (const { address, remoteAs, state, prefixesReceived } of neighbors) {
      lines.push(`  ${address.padEnd(16)} AS ${remoteAs}  ${state}, ${prefixesReceived} prefixes`);
    }
    if (neighbors.length === 0) lines.push('  none');
    lines.push('', `routes ${router.name} learned`);
    const learned = table.filter(route => route.protocol === 'bgp');
    lines.push(...(learned.length === 0 ? ['  none'] : learned.map(route => `  ${routeRow(route)}`)));
  }
  if (topology.mesh !== undefined) lines.push('', 'Cluster Mesh', ...(await drawMesh(lab)));
  const problems = await lab.health();
  if (problems.length > 0) lines.push('', 'not well:', ...problems.map(problem => `  ${problem}`));
  return `${lines.join('\n')}\n`;
}

/** What every agent says of the other clusters. */
async function drawMesh(lab: Lab): Promise<string[]> {
  const perCluster = await Promise.all(
    lab.topology.clusters.map(async ({ name, nodes }) => {
      const kube = connectKube(lab.cluster(name).kubeconfig);
      try {
        return await Promise.all(
          nodes.map(async node => {
            const others = await remoteClusters(ciliumAgent(kube, node));
            const seen = others.map(
              other =>
                `${other.name} ${other.ready ? 'ready' : 'not ready'}, ${other.services} global services`,
            );
            return `  ${node.padEnd(20)} ${seen.join('; ')}`;
          }),
        );
      } finally {
        kube.close();
      }
    }),
  );
  return perCluster.flat();
}
