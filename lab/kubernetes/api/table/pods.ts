import { isObject, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../json.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';

function statuses(pod: JsonObject, member = 'containerStatuses'): readonly JsonObject[] {
  return listAt(pod.status, member).filter(isObject);
}

function isTrue(pod: JsonObject, type: string): boolean {
  return listAt(pod.status, 'conditions').some(
    entry => isObject(entry) && entry.type === type && entry.status === 'True',
  );
}

function terminated(state: JsonObject): string {
  const reason = stringAt(state, 'reason');
  if (reason !== undefined && reason !== '') return reason;
  const signal = numberAt(state, 'signal') ?? 0;
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(state, 'exitCode') ?? 0}`;
}

/** The word in the STATUS column (pkg/printers/internalversion, printPod). */
function status(pod: JsonObject): string {
  let reason = stringAt(pod.status, 'reason') ?? stringAt(pod.status, 'phase') ?? 'Unknown';
  let hasRunning = false;
  for (const container of [...statuses(pod)].reverse()) {
    const state = objectAt(container, 'state');
    const waiting = stringAt(objectAt(state, 'waiting'), 'reason');
    const ended = objectAt(state, 'terminated');
    if (waiting !== undefined && waiting !== '') reason = waiting;
    else if (ended !== undefined) reason = terminated(ended);
    else if (container.ready === true && objectAt(state, 'running') !== undefined) hasRunning = true;
  }
  if (reason === 'Completed' && hasRunning) reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  const deleted = stringAt(pod.metadata, 'deletionTimestamp') !== undefined;
  if (deleted && !['Failed', 'Succeeded'].includes(stringAt(pod.status, 'phase') ?? ''))
    reason = 'Terminating';
  return reason;
}

function restarts(pod: JsonObject): string {
  const all = statuses(pod);
  const total = all.reduce((sum, container) => sum + (numberAt(container, 'restartCount') ?? 0), 0);
  const ends = all
    .map(container => stringAt(objectAt(objectAt(container, 'lastState'), 'terminated'), 'finishedAt'))
    .filter(end => end !== undefined)
    .sort();
  const last = ends.at(-1);
  return total === 0 || last === undefined ? String(total) : `${total} (${age(last)} ago)`;
}

function readinessGates(pod: JsonObject): string {
  const gates = listAt(pod.spec, 'readinessGates');
  if (gates.length === 0) return '<none>';
  const open = gates.filter(gate => isTrue(pod, stringAt(gate, 'conditionType') ?? '')).length;
  return `${open}/${gates.length}`;
}

export const podColumns: readonly Column[] = [
  {
    name: 'Ready',
    cell: pod => {
      const ready = statuses(pod).filter(container => container.ready === true).length;
      return `${ready}/${listAt(pod.spec, 'containers').length}`;
    },
  },
  { name: 'Status', cell: status },
  { name: 'Restarts', cell: restarts },
  { name: 'Age', cell: pod => age(stringAt(pod.metadata, 'creationTimestamp')) },
  { name: 'IP', priority: 1, cell: pod => stringAt(pod.status, 'podIP') ?? '<none>' },
  { name: 'Node', priority: 1, cell: pod => stringAt(pod.spec, 'nodeName') ?? '<none>' },
  {
    name: 'Nominated Node',
    priority: 1,
    cell: pod => stringAt(pod.status, 'nominatedNodeName') ?? '<none>',
  },
  { name: 'Readiness Gates', priority: 1, cell: readinessGates },
];
