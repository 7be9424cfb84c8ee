import { stringify } from 'yaml';
import type { Access } from '../../../helpers/kube/resource-path.ts';
import { alphabetical, distinct } from '../../../helpers/order.ts';
import { ownedLabels } from '../../topologies/manifests.ts';

/** A rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1). */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Left out for any name. */
  readonly resourceNames?: readonly string[];
}

/** Rules by where they hold: a namespace, or the whole cluster (empty). */
export type Rules = Readonly<Record<string, readonly PolicyRule[]>>;

/** The least rights for these requests, as rules without a wildcard. */
export function rulesFor(requests: readonly Access[]): Rules {
  const scopes = new Map<string, Map<string, Access[]>>();
  for (const request of requests) {
    // A namespace and its contents: the object itself is the cluster's.
    const scope = request.resource === 'namespaces' ? '' : request.namespace;
    const rules = scopes.get(scope) ?? new Map<string, Access[]>();
    scopes.set(scope, rules);
    const key = `${request.group}/${request.resource}`;
    rules.set(key, [...(rules.get(key) ?? []), request]);
  }
  return Object.fromEntries(
    [...scopes]
      .toSorted(([a], [b]) => alphabetical(a, b))
      .map(([scope, rules]) => [
        scope,
        [...rules]
          .toSorted(([a], [b]) => alphabetical(a, b))
          .flatMap(([, asked]) => rulesOfResource(asked, scope)),
      ]),
  );
}

/** Kinds of which one object is asked for, and the others are nobody's business. */
const single = new Set(['configmaps', 'secrets']);

/** Verbs with the same names share a rule. What the suite itself names, on a cluster or in kube-system, is held to its names. */
function rulesOfResource(requests: readonly Access[], scope: string): PolicyRule[] {
  const [first] = requests;
  if (first === undefined) return [];
  const byNames = new Map<string, Set<string>>();
  for (const verb of new Set(requests.map(request => request.verb))) {
    const names = distinct(requests.filter(request => request.verb === verb).map(({ name }) => name));
    const bound = !names.includes('') && (['', 'kube-system'].includes(scope) || single.has(first.resource));
    const key = bound ? names.join(' ') : '';
    byNames.set(key, new Set([...(byNames.get(key) ?? []), ...verbsFor(first.resource, verb)]));
  }
  return [...byNames]
    .toSorted(([a], [b]) => alphabetical(a, b))
    .map(([names, verbs]) => ({
      apiGroups: [first.group],
      resources: [first.resource],
      verbs: distinct([...verbs]),
      ...(names === '' ? {} : { resourceNames: names.split(' ') }),
    }));
}

/** exec is a GET to a WebSocket, and was a POST before; from 1.35 on servers want `create` of both. */
const verbsFor = (resource: string, verb: string): string[] =>
  resource === 'pods/exec' ? ['create', 'get'] : [verb];

/** Whether the rules grant a request, as the API server's own authorizer decides. */
export function grants(rules: Rules, { verb, group, resource, namespace, name }: Access): boolean {
  const scopes = namespace === '' || resource === 'namespaces' ? [''] : ['', namespace];
  return scopes.some(scope =>
    (rules[scope] ?? []).some(
      rule =>
        rule.apiGroups.includes(group) &&
        rule.resources.includes(resource) &&
        rule.verbs.includes(verb) &&
        (rule.resourceNames === undefined || rule.resourceNames.includes(name)),
    ),
  );
}

const suiteName = 'cilium-conformance';

/**
 * The manifest for `kubectl apply -f`: a namespace for the suite's objects, and in it a service account with these
 * rules. With it the suite needs no right to make namespaces.
 * @param home the namespace, in place of the one the rules were recorded with
 */
export function manifest(rules: Rules, home = recordedNamespace): string {
  const rbac = 'rbac.authorization.k8s.io/v1';
  // Not the label of what a run makes and removes.
  const labels = { 'app.kubernetes.io/part-of': suiteName };
  const account = { kind: 'ServiceAccount', name: suiteName, namespace: home };
  // Names in which the namespace's is: of leases.
  const named = (rule: PolicyRule): PolicyRule =>
    rule.resourceNames === undefined
      ? rule
      : {
          ...rule,
          resourceNames: rule.resourceNames.map(name => name.replace(`-${recordedNamespace}-`, `-${home}-`)),
        };
  const roles = Object.entries(rules).flatMap(([scope, all]) => {
    const own = all.map(named);
    const kind = scope === '' ? 'ClusterRole' : 'Role';
    const namespace = scope === recordedNamespace ? home : scope;
    const metadata = { name: suiteName, ...(scope === '' ? {} : { namespace }), labels };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: suiteName };
    return [
      { apiVersion: rbac, kind, metadata, rules: own },
      { apiVersion: rbac, kind: `${kind}Binding`, metadata, roleRef, subjects: [account] },
    ];
  });
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home, labels: ownedLabels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: suiteName, namespace: home, labels } },
    ...roles,
  ];
  return [
    '# The least rights with which the suite runs on an existing cluster. Generated from what it asks for when all its',
    '# claims run (npm run footprint); how to use it is told by: npm run lab -- rbac',
    documents.map(document => stringify(document, { aliasDuplicateObjects: false })).join('---\n'),
  ].join('\n');
}

/** The namespace of recorded requests: an inventory's own, unless it says another. */
export const recordedNamespace = 'cilium-conformance';
