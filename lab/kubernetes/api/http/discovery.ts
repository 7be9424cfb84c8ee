import { type Definition, type Definitions, groupVersion } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import { reviews } from './reviews.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Subresources that discovery lists beside those an object's definition has. */
const special: Readonly<
  Record<string, readonly (readonly [name: string, kind: string, verbs: readonly string[]])[]>
> = {
  '/pods': [
    ['binding', 'Binding', ['create']],
    ['eviction', 'Eviction', ['create']],
    ['exec', 'PodExecOptions', ['create', 'get']],
    ['log', 'Pod', ['get']],
  ],
  '/serviceaccounts': [['token', 'TokenRequest', ['create']]],
};

const elsewhere: Readonly<Record<string, { readonly group: string; readonly version: string }>> = {
  eviction: { group: 'policy', version: 'v1' },
  token: { group: 'authentication.k8s.io', version: 'v1' },
};

/** A group in one of its versions, with the resources it has there. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly definitions: readonly Definition[];
}

/** A line of an APIResourceList. */
export interface DiscoveredResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Group and version of the kind, where they are not the resource's own. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export function groupVersions(definitions: Definitions): GroupVersion[] {
  const found = new Map<string, Definition[]>(reviews.map(({ group }) => [`${group} v1`, []]));
  for (const definition of definitions.all()) {
    for (const version of definition.versions) {
      const key = `${definition.group} ${version}`;
      found.set(key, [...(found.get(key) ?? []), definition]);
    }
  }
  return [...found].map(([key, members]) => {
    const [group = '', version = ''] = key.split(' ');
    return { group, version, definitions: members };
  });
}

/** Everything a group has in a version, subresources behind their resource. */
export function discovered({ group, definitions }: GroupVersion): DiscoveredResource[] {
  return [
    ...definitions.flatMap(resources),
    ...reviews
      .filter(review => review.group === group)
      .map(({ plural, kind, namespaced }) => ({
        name: plural,
        singularName: kind.toLowerCase(),
        namespaced,
        kind,
        verbs: ['create'],
      })),
  ];
}

/** What `/api`, `/apis` and the paths below them say there is; undefined when there is no such group. */
export function discover(definitions: Definitions, path: string): JsonObject | undefined {
  const parts = path.split('/').filter(part => part !== '');
  const all = groupVersions(definitions);
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') {
    const names = [...new Set(all.map(({ group }) => group).filter(group => group !== ''))];
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(name => group(all, name)) };
  }
  if (parts[0] === 'apis' && parts.length === 2) {
    const name = parts[1] ?? '';
    const known = all.some(each => each.group === name);
    return known ? { kind: 'APIGroup', apiVersion: 'v1', ...group(all, name) } : undefined;
  }
  const [wantedGroup, version] = parts[0] === 'api' ? ['', parts[1]] : [parts[1], parts[2]];
  if (parts.length !== (parts[0] === 'api' ? 2 : 3)) return undefined;
  const found = all.find(each => each.group === wantedGroup && each.version === version);
  if (found === undefined) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(found.group, found.version),
    resources: discovered(found),
  };
}

function group(all: readonly GroupVersion[], name: string): JsonObject {
  const versions = all
    .filter(each => each.group === name)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resources(definition: Definition): DiscoveredResource[] {
  const { plural, singular, kind, namespaced, shortNames, categories, subresources } = definition;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...subresources.map(name => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...(name === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind }),
      verbs: ['get', 'patch', 'update'],
    })),
    ...(special[`${definition.group}/${plural}`] ?? []).map(([name, subKind, subVerbs]) => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...elsewhere[name],
      kind: subKind,
      verbs: subVerbs,
    })),
  ];
}
