import { ciliumEndpoints, ciliumNodes } from '../../../../helpers/cilium/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import type { RemoteNode } from '../mesh/agent.ts';
import { textTable } from './table.ts';

/** `cilium-dbg node list` (api/v1/models/node_element.go). */
export function nodeModels(
  kube: KubeClient,
  cluster: Pick<ClusterSpec, 'name'>,
  self: string,
  remote: { readonly nodes: readonly RemoteNode[]; readonly source: string },
) {
  // The name of a cluster called "default" is left out (pkg/node/types, Fullname).
  const inCluster = (name: string, node: string): string => (name === 'default' ? node : `${name}/${node}`);
  const own = kube.list(ciliumNodes).map(({ metadata, spec }) => ({
    name: inCluster(cluster.name, metadata.name),
    spec,
    source: metadata.name === self ? 'local' : 'custom-resource',
  }));
  const others = remote.nodes.map(node => ({
    name: inCluster(node.cluster, node.metadata.name),
    spec: node.spec,
    source: remote.source,
  }));
  return [...own, ...others]
    .map(({ name, spec, source }) => {
      const address = (wanted: string): string | undefined =>
        spec.addresses?.find(({ type }) => type === wanted)?.ip;
      const router = address('CiliumInternalIP');
      return {
        name,
        'primary-address': {
          ipv4: {
            'alloc-range': spec.ipam?.podCIDRs?.[0] ?? '',
            enabled: true,
            ip: address('InternalIP') ?? '',
          },
          ipv6: {},
        },
        ...(router === undefined ? {} : { 'secondary-addresses': [{ ip: router }] }),
        source,
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function nodesTable(models: ReturnType<typeof nodeModels>): string {
  return textTable(
    ['Name', 'IPv4 Address', 'Endpoint CIDR', 'IPv6 Address', 'Endpoint CIDR', 'Source'],
    models.map(({ name, source, 'primary-address': { ipv4 } }) => [
      name,
      ipv4.ip,
      ipv4['alloc-range'],
      '',
      '',
      source,
    ]),
  );
}

/** The CiliumEndpoints of a node; `address` is the node's own. */
export function endpointsOn(kube: KubeClient, address: string | undefined) {
  return kube.list(ciliumEndpoints).filter(({ status }) => status?.networking?.node === address);
}

export function endpointsTable(endpoints: ReturnType<typeof endpointsOn>): string {
  const header = [
    'ENDPOINT',
    'POLICY (ingress)',
    'POLICY (egress)',
    'IDENTITY',
    'LABELS (source:key[=value])',
  ];
  const rows = endpoints.flatMap(({ status }) => {
    const [first = '', ...labels] = status?.identity?.labels ?? [];
    const address = status?.networking?.addressing[0]?.ipv4 ?? '';
    const identity = String(status?.identity?.id ?? '');
    return [
      [String(status?.id ?? ''), 'Disabled', 'Disabled', identity, first, '', address, status?.state ?? ''],
      ...labels.map(label => ['', '', '', '', label, '', '', '']),
    ];
  });
  return textTable(
    [...header, 'IPv6', 'IPv4', 'STATUS'],
    [['', 'ENFORCEMENT', 'ENFORCEMENT', '', '', '', '', ''], ...rows],
  );
}
