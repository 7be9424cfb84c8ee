import { type Definition, type Definitions, groupVersion } from '../definitions.ts';
import type { JsonObject } from '../json.ts';

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
};

interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly definitions: readonly Definition[];
}

function groupVersions(definitions: Definitions): GroupVersion[] {
  const found = new Map<string, Definition[]>();
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
    resources: found.definitions.flatMap(definition => resources(definition)),
  };
}

function group(all: readonly GroupVersion[], name: string): JsonObject {
  const versions = all
    .filter(each => each.group === name)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resources(definition: Definition): JsonObject[] {
  const { plural, singular, kind, namespaced, shortNames, categories, subresources } = definition;
  return [
    { name: plural, singularName: singular, namespaced, kind, verbs, shortNames, categories },
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
      ...(name === 'eviction' ? { group: 'policy', version: 'v1' } : {}),
      kind: subKind,
      verbs: subVerbs,
    })),
  ];
}

/**
 * `/openapi/v3` and below: enough for kubectl to see that the server validates fields itself (the
 * `fieldValidation` parameter of PATCH), so that it does not want the schemas.
 */
export function openApi(definitions: Definitions, path: string): JsonObject | undefined {
  const all = groupVersions(definitions);
  const rootOf = ({ group: name, version }: GroupVersion): string =>
    name === '' ? `api/${version}` : `apis/${name}/${version}`;
  if (path === '/openapi/v3') {
    return {
      paths: Object.fromEntries(
        all.map(each => [rootOf(each), { serverRelativeURL: `/openapi/v3/${rootOf(each)}` }]),
      ),
    };
  }
  const found = all.find(each => path === `/openapi/v3/${rootOf(each)}`);
  if (found === undefined) return undefined;
  const paths = found.definitions.map(({ plural, kind, namespaced }) => {
    const home = namespaced ? 'namespaces/{namespace}/' : '';
    const gvk = { group: found.group, version: found.version, kind };
    const parameters = [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }];
    const operation = { parameters, 'x-kubernetes-group-version-kind': gvk, responses: {} };
    return [`/${rootOf(found)}/${home}${plural}/{name}`, { patch: operation }];
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: found.version },
    paths: Object.fromEntries(paths),
  };
}
