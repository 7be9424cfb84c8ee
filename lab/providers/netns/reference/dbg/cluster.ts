import { ciliumEndpoints, ciliumNodes } from '../../../../../helpers/cilium/resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import { textTable } from './table.ts';

/** `cilium-dbg node list` (api/v1/models/node_element.go). */
export function nodeModels(kube: KubeClient, self: string) {
  return kube
    .list(ciliumNodes)
    .map(({ metadata, spec }) => {
      const address = (wanted: string): string | undefined =>
        spec.addresses?.find(({ type }) => type === wanted)?.ip;
      const router = address('CiliumInternalIP');
      return {
        name: metadata.name,
        'primary-address': {
          ipv4: {
            'alloc-range': spec.ipam?.podCIDRs?.[0] ?? '',
            enabled: true,
            ip: address('InternalIP') ?? '',
          },
          ipv6: {},
        },
        ...(router === undefined ? {} : { 'secondary-addresses': [{ ip: router }] }),
        source: metadata.name === self ? 'local' : 'custom-resource',
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
