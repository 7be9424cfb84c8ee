import { isObject, type JsonObject, listAt, objectAt, stringAt } from '../json.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';

function status(node: JsonObject): string {
  const ready = listAt(node.status, 'conditions')
    .filter(isObject)
    .find(entry => entry.type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return objectAt(node, 'spec')?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = 'node-role.kubernetes.io/';

function roles(node: JsonObject): string {
  const found: string[] = [];
  for (const [key, value] of Object.entries(objectAt(node.metadata, 'labels') ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length)
      found.push(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') found.push(String(value));
  }
  return found.sort((one, other) => one.localeCompare(other)).join(',') || '<none>';
}

function address(type: string): (node: JsonObject) => string {
  return node =>
    stringAt(
      listAt(node.status, 'addresses').find(entry => stringAt(entry, 'type') === type),
      'address',
    ) ?? '<none>';
}

function info(member: string, absent: string): (node: JsonObject) => string {
  return node => stringAt(objectAt(node.status, 'nodeInfo'), member) || absent;
}

export const nodeColumns: readonly Column[] = [
  { name: 'Status', cell: status },
  { name: 'Roles', cell: roles },
  { name: 'Age', cell: node => age(stringAt(node.metadata, 'creationTimestamp')) },
  { name: 'Version', cell: info('kubeletVersion', '') },
  { name: 'Internal-IP', priority: 1, cell: address('InternalIP') },
  { name: 'External-IP', priority: 1, cell: address('ExternalIP') },
  { name: 'OS-Image', priority: 1, cell: info('osImage', '<unknown>') },
  { name: 'Kernel-Version', priority: 1, cell: info('kernelVersion', '<unknown>') },
  { name: 'Container-Runtime', priority: 1, cell: info('containerRuntimeVersion', '<unknown>') },
];
