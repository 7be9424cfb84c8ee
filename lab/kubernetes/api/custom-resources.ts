import type { CustomResourceDefinition } from '../../../helpers/kube/resources.ts';
import type { CustomVersion, Definition } from './definitions.ts';
import { listAt, stringAt } from './json.ts';
import type { Stored } from './storage.ts';

/** `v2` before `v1`, both before `v1beta1`, that before `v1alpha1`: the order of preference of versions. */
function rank(version: string): readonly [number, number, number] {
  const parsed = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parsed === null) return [0, 0, 0];
  const [, major = '0', stage, minor = '0'] = parsed;
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor)];
}

export function compareVersions(a: string, b: string): number {
  const [stageA, majorA, minorA] = rank(a);
  const [stageB, majorB, minorB] = rank(b);
  return stageB - stageA || majorB - majorA || minorB - minorA || a.localeCompare(b);
}

/** The resource a CustomResourceDefinition (already admitted) stands for. */
export function definitionOf(object: Stored): Definition {
  const { spec } = object as unknown as CustomResourceDefinition;
  const served = spec.versions.filter(version => version.served);
  const custom = new Map<string, CustomVersion>();
  for (const version of served) {
    const deprecation = `${spec.group}/${version.name} ${spec.names.kind} is deprecated`;
    custom.set(version.name, {
      name: version.name,
      schema: version.schema?.openAPIV3Schema,
      columns: version.additionalPrinterColumns ?? [],
      warning: version.deprecated === true ? (version.deprecationWarning ?? deprecation) : undefined,
      selectableFields: listAt(version, 'selectableFields').flatMap(
        entry => stringAt(entry, 'jsonPath')?.replace(/^\./, '') ?? [],
      ),
    });
  }
  const withStatus = served.some(version => version.subresources?.status !== undefined);
  return {
    group: spec.group,
    plural: spec.names.plural,
    singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
    kind: spec.names.kind,
    listKind: spec.names.listKind ?? `${spec.names.kind}List`,
    namespaced: spec.scope === 'Namespaced',
    shortNames: spec.names.shortNames ?? [],
    categories: spec.names.categories ?? [],
    versions: served.map(version => version.name).sort(compareVersions),
    storageVersion: spec.versions.find(version => version.storage)?.name ?? '',
    subresources: withStatus ? ['status'] : [],
    counted: true,
    custom,
  };
}
