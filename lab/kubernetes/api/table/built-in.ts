import { isObject, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../json.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';
import { nodeColumns } from './nodes.ts';
import { podColumns } from './pods.ts';
import { selectorText } from './selector-text.ts';
import { serviceColumns } from './services.ts';

const creation: Column = {
  name: 'Age',
  cell: object => age(stringAt(object.metadata, 'creationTimestamp')),
};

function integer(name: string, cell: (object: JsonObject) => unknown, priority = 0): Column {
  return { name, type: 'integer', cell, priority };
}

function text(name: string, cell: (object: JsonObject) => unknown, priority = 0): Column {
  return { name, cell, priority };
}

function ofSpec(member: string): (object: JsonObject) => unknown {
  return object => numberAt(object.spec, member) ?? 0;
}

function ofStatus(member: string): (object: JsonObject) => unknown {
  return object => numberAt(object.status, member) ?? 0;
}

function containers(object: JsonObject): readonly unknown[] {
  return listAt(objectAt(objectAt(object.spec, 'template'), 'spec'), 'containers');
}

function joined(items: readonly unknown[], member: string): string {
  return items.map(item => stringAt(item, member) ?? '').join(',');
}

const templateColumns: readonly Column[] = [
  text('Containers', object => joined(containers(object), 'name'), 1),
  text('Images', object => joined(containers(object), 'image'), 1),
  text('Selector', object => selectorText(objectAt(object.spec, 'selector')), 1),
];

function nodeSelector(object: JsonObject): string {
  const selector = objectAt(objectAt(objectAt(object.spec, 'template'), 'spec'), 'nodeSelector');
  return selectorText({ matchLabels: selector ?? {} });
}

function shortened(values: readonly string[], most: number): string {
  if (values.length === 0) return '<none>';
  if (values.length <= most) return values.join(',');
  return `${values.slice(0, most).join(',')} + ${values.length - most} more...`;
}

function endpointsText(object: JsonObject): string {
  const found = listAt(object, 'subsets').flatMap(subset => {
    const ports = listAt(subset, 'ports');
    const addresses = listAt(subset, 'addresses').map(address => stringAt(address, 'ip') ?? '');
    if (ports.length === 0) return addresses;
    return ports.flatMap(port => addresses.map(address => `${address}:${numberAt(port, 'port') ?? ''}`));
  });
  return shortened(found, 3);
}

function slicePorts(object: JsonObject): string {
  const ports = listAt(object, 'ports').map(port => String(numberAt(port, 'port') ?? '*'));
  return ports.length === 0 ? '<unset>' : shortened(ports, 3);
}

function sliceAddresses(object: JsonObject): string {
  const addresses = listAt(object, 'endpoints').flatMap(endpoint =>
    listAt(endpoint, 'addresses').map(String),
  );
  return addresses.length === 0 ? '<unset>' : shortened(addresses, 3);
}

function lastSeen(object: JsonObject): string {
  return age(
    stringAt(object, 'lastTimestamp') ?? stringAt(object, 'eventTime') ?? stringAt(object, 'firstTimestamp'),
  );
}

function involved(object: JsonObject): string {
  const about = objectAt(object, 'involvedObject');
  return `${(stringAt(about, 'kind') ?? '').toLowerCase()}/${stringAt(about, 'name') ?? ''}`;
}

function eventSource(object: JsonObject): string {
  const source = objectAt(object, 'source');
  const host = stringAt(source, 'host');
  const component = stringAt(source, 'component') ?? stringAt(object, 'reportingComponent') ?? '';
  return host === undefined ? component : `${component}, ${host}`;
}

function count(member: string): Column {
  return integer('Data', object => {
    const data = objectAt(object, member) ?? {};
    return Object.keys(data).length + Object.keys(objectAt(object, 'binaryData') ?? {}).length;
  });
}

const roleRef: Column = text('Role', object => {
  const reference = objectAt(object, 'roleRef');
  return `${stringAt(reference, 'kind') ?? ''}/${stringAt(reference, 'name') ?? ''}`;
});

const createdAt: Column = text('Created At', object => stringAt(object.metadata, 'creationTimestamp'));

/** Columns after the name, by `group/plural`; a resource that is not here shows its age alone. */
export const builtInColumns: Readonly<Record<string, readonly Column[]>> = {
  '/pods': podColumns,
  '/nodes': nodeColumns,
  '/services': serviceColumns,
  '/namespaces': [text('Status', object => stringAt(object.status, 'phase') ?? ''), creation],
  '/configmaps': [count('data'), creation],
  '/secrets': [text('Type', object => object.type), count('data'), creation],
  '/serviceaccounts': [integer('Secrets', object => listAt(object, 'secrets').length), creation],
  '/endpoints': [text('Endpoints', endpointsText), creation],
  '/events': [
    text('Last Seen', lastSeen),
    text('Type', object => object.type),
    text('Reason', object => object.reason),
    text('Object', involved),
    text('Subobject', object => stringAt(objectAt(object, 'involvedObject'), 'fieldPath') ?? '', 1),
    text('Source', eventSource, 1),
    text('Message', object => (stringAt(object, 'message') ?? '').trim()),
    text('First Seen', object => age(stringAt(object, 'firstTimestamp') ?? stringAt(object, 'eventTime')), 1),
    integer('Count', object => numberAt(object, 'count') ?? 1, 1),
    text('Name', object => stringAt(object.metadata, 'name'), 1),
  ],
  'apps/deployments': [
    text('Ready', object => `${ofStatus('readyReplicas')(object)}/${ofSpec('replicas')(object)}`),
    integer('Up-to-date', ofStatus('updatedReplicas')),
    integer('Available', ofStatus('availableReplicas')),
    creation,
    ...templateColumns,
  ],
  'apps/statefulsets': [
    text('Ready', object => `${ofStatus('readyReplicas')(object)}/${ofSpec('replicas')(object)}`),
    creation,
    ...templateColumns.slice(0, 2),
  ],
  'apps/replicasets': [
    integer('Desired', ofSpec('replicas')),
    integer('Current', ofStatus('replicas')),
    integer('Ready', ofStatus('readyReplicas')),
    creation,
    ...templateColumns,
  ],
  'apps/daemonsets': [
    integer('Desired', ofStatus('desiredNumberScheduled')),
    integer('Current', ofStatus('currentNumberScheduled')),
    integer('Ready', ofStatus('numberReady')),
    integer('Up-to-date', ofStatus('updatedNumberScheduled')),
    integer('Available', ofStatus('numberAvailable')),
    text('Node Selector', nodeSelector),
    creation,
    ...templateColumns,
  ],
  'discovery.k8s.io/endpointslices': [
    text('AddressType', object => object.addressType),
    text('Ports', slicePorts),
    text('Endpoints', sliceAddresses),
    creation,
  ],
  'coordination.k8s.io/leases': [
    text('Holder', object => stringAt(object.spec, 'holderIdentity') ?? ''),
    creation,
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [createdAt],
  'networking.k8s.io/networkpolicies': [
    text('Pod-Selector', object => selectorText(objectAt(object.spec, 'podSelector'))),
    creation,
  ],
  'rbac.authorization.k8s.io/roles': [createdAt],
  'rbac.authorization.k8s.io/clusterroles': [createdAt],
  'rbac.authorization.k8s.io/rolebindings': [roleRef, creation],
  'rbac.authorization.k8s.io/clusterrolebindings': [roleRef, creation],
};

/** A condition of an object by its type. */
export function condition(object: JsonObject, type: string): JsonObject | undefined {
  return listAt(object.status, 'conditions')
    .filter(isObject)
    .find(entry => entry.type === type);
}
