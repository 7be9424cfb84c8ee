import { type JsonObject, listAt, numberAt, objectAt, stringAt } from '../json.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';
import { selectorText } from './selector-text.ts';

function ingress(service: JsonObject): string[] {
  return listAt(objectAt(service.status, 'loadBalancer'), 'ingress').flatMap(
    entry => stringAt(entry, 'ip') ?? stringAt(entry, 'hostname') ?? [],
  );
}

/** The EXTERNAL-IP column (pkg/printers/internalversion, getServiceExternalIP). */
function externalAddress(service: JsonObject): string {
  const external = listAt(service.spec, 'externalIPs').map(String);
  switch (stringAt(service.spec, 'type')) {
    case 'LoadBalancer': {
      const all = [...ingress(service), ...external];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return stringAt(service.spec, 'externalName') ?? '<none>';
    default:
      return external.length === 0 ? '<none>' : external.join(',');
  }
}

function ports(service: JsonObject): string {
  const all = listAt(service.spec, 'ports').map(port => {
    const nodePort = numberAt(port, 'nodePort') ?? 0;
    const own = numberAt(port, 'port') ?? '';
    return `${own}${nodePort === 0 ? '' : `:${nodePort}`}/${stringAt(port, 'protocol') ?? 'TCP'}`;
  });
  return all.join(',') || '<none>';
}

export const serviceColumns: readonly Column[] = [
  { name: 'Type', cell: service => stringAt(service.spec, 'type') ?? '' },
  { name: 'Cluster-IP', cell: service => stringAt(service.spec, 'clusterIP') ?? '<none>' },
  { name: 'External-IP', cell: externalAddress },
  { name: 'Port(s)', cell: ports },
  { name: 'Age', cell: service => age(stringAt(service.metadata, 'creationTimestamp')) },
  {
    name: 'Selector',
    priority: 1,
    cell: service => selectorText({ matchLabels: objectAt(service.spec, 'selector') ?? {} }),
  },
];
