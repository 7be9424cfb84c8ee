import type { Definitions } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import { type DiscoveredResource, discovered, groupVersions } from './discovery.ts';
import type { DiscoveryVersion } from './negotiate.ts';

/** All groups below `/api` or `/apis` with their resources in one answer (apidiscovery.k8s.io). */
export function aggregated(
  definitions: Definitions,
  root: '/api' | '/apis',
  version: DiscoveryVersion,
): JsonObject {
  const all = groupVersions(definitions).filter(({ group }) => (group === '') === (root === '/api'));
  const names = [...new Set(all.map(({ group }) => group))];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map(name => ({
      metadata: { name, creationTimestamp: null },
      versions: all
        .filter(({ group }) => group === name)
        .map(each => ({
          version: each.version,
          freshness: 'Current',
          resources: merged(discovered(each), each.group, each.version),
        })),
    })),
  };
}

export function aggregatedType(version: DiscoveryVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** Subresources, `pods/log`, go under their resource. */
function merged(resources: readonly DiscoveredResource[], group: string, version: string): JsonObject[] {
  const kindOf = (resource: DiscoveredResource): JsonObject => ({
    group: resource.group ?? group,
    version: resource.version ?? version,
    kind: resource.kind,
  });
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(resource => {
      const subresources = resources
        .filter(({ name }) => name.startsWith(`${resource.name}/`))
        .map(sub => ({
          subresource: sub.name.slice(resource.name.length + 1),
          responseKind: kindOf(sub),
          verbs: sub.verbs,
        }));
      return {
        resource: resource.name,
        responseKind: kindOf(resource),
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: resource.singularName,
        verbs: resource.verbs,
        ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories === undefined ? {} : { categories: resource.categories }),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}
