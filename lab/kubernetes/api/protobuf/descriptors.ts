import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The messages that client-go programs send as protocol buffers, in the shape of Kubernetes' `generated.proto` files
 * (k8s.io/api, apimachinery, apiextensions-apiserver): a message's name in a line, `type member = number` in those
 * below it. They are in messages/*.txt. On top of Kubernetes' own:
 *
 * - `type? member` is a Go field that is no pointer and marked `omitempty`: the wire carries it even when it is zero,
 *   the JSON of the same object does not.
 * - `type[]` is repeated, `{type}` a map from strings; `...type = number` is a Go struct whose members stand among
 *   those of the struct around it (`json:",inline"`).
 * - `time`, `microTime`, `json`, `fields`, `quantity`, `intOrString`, `strings`, `schemaOrArray`, `schemaOrBool`,
 *   `schemaOrStrings` are messages whose JSON is no object of their fields; decode.ts knows them.
 */
export interface FieldDescriptor {
  /** Empty for an inlined struct. */
  readonly name: string;
  /** A scalar, one of the special messages, or the name of a message. */
  readonly type: string;
  readonly shape: 'single' | 'list' | 'map' | 'inline';
  /** Left out of the JSON when it is zero. */
  readonly omitZero: boolean;
}

export type MessageDescriptor = ReadonlyMap<number, FieldDescriptor>;

const line = /^ {2}(\{|\.\.\.)?([\w-]+)(\}|\[\]|\?)?(?: ([$\w-]+))? = (\d+)$/;

function parse(text: string, messages: Map<string, MessageDescriptor>): void {
  let fields = new Map<number, FieldDescriptor>();
  for (const row of text.trimEnd().split('\n')) {
    if (!row.startsWith(' ')) {
      fields = new Map();
      messages.set(row, fields);
      continue;
    }
    const [, before, type = '', after, name = '', number] = line.exec(row) ?? [];
    if (number === undefined) throw new Error(`not a field of a message: ${row}`);
    const shape = before === '{' ? 'map' : before === '...' ? 'inline' : after === '[]' ? 'list' : 'single';
    fields.set(Number(number), { name, type, shape, omitZero: after === '?' });
  }
}

let parsed: ReadonlyMap<string, MessageDescriptor> | undefined;

/** By name. Read when they are first asked for. */
export function messages(): ReadonlyMap<string, MessageDescriptor> {
  if (parsed === undefined) {
    const found = new Map<string, MessageDescriptor>();
    const directory = path.join(import.meta.dirname, 'messages');
    for (const file of readdirSync(directory)) parse(readFileSync(path.join(directory, file), 'utf8'), found);
    parsed = found;
  }
  return parsed;
}

/** The messages that are objects of their own, by `apiVersion kind`. */
const topLevel: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    v1: 'Binding ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
    'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
    'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
    'authentication.k8s.io/v1': 'SelfSubjectReview TokenRequest TokenReview',
    'authorization.k8s.io/v1':
      'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
    'autoscaling/v1': 'Scale',
    'batch/v1': 'CronJob Job',
    'coordination.k8s.io/v1': 'Lease',
    'discovery.k8s.io/v1': 'EndpointSlice',
    'networking.k8s.io/v1': 'Ingress IngressClass NetworkPolicy',
    'policy/v1': 'Eviction PodDisruptionBudget',
    'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  }).flatMap(([apiVersion, kinds]) => kinds.split(' ').map(kind => [`${apiVersion} ${kind}`, kind])),
);

/** The name of an object's message; undefined when it is not described here. */
export function topLevelMessage(apiVersion: string, kind: string): string | undefined {
  // Every group has the options of its deletions under its own version.
  if (kind === 'DeleteOptions') return kind;
  // Two groups have an Event.
  if (kind === 'Event' && apiVersion === 'events.k8s.io/v1') return 'EventsEvent';
  return topLevel[`${apiVersion} ${kind}`];
}
