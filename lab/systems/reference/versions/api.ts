import type { CustomResourceDefinition } from '../../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../helpers/kube/types.ts';
import { isAtLeast } from '../../../../helpers/version.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { definitions, definitionsWith } from '../crds/index.ts';
import type { Faults } from '../faults.ts';

/**
 * Which versions of its API a release of Cilium serves: the BGP resources and the address pools came as v2alpha1, and
 * as v2 with 1.18, which serves both (upgrade notes of 1.18; the CRDs of its charts).
 */
const promoted = '1.18';

/** The definitions that the operator of a release registers, faults of its own included. */
export function definitionsFor(
  version: string,
  faults: Faults = new Set(),
): readonly CustomResourceDefinition[] {
  const all = definitionsWith(faults);
  return isAtLeast(version, promoted) ? all : all.map(withoutPromotion);
}

/** As the CRD was before its v2: v2alpha1 alone, not yet deprecated. One that has no v2alpha1 was v2 all along. */
function withoutPromotion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const alpha = definition.spec.versions.filter(({ name }) => name === 'v2alpha1');
  if (alpha.length === 0) return definition;
  const versions = alpha.map(({ deprecated: _, ...version }) => ({ ...version, storage: true }));
  return { ...definition, spec: { ...definition.spec, versions } };
}

/** The store as operator and agents of a release use it: in the versions of the API that it serves. */
export function kubeOf(version: string, kube: KubeClient): KubeClient {
  if (isAtLeast(version, promoted)) return kube;
  const alpha = new Set(
    definitions
      .filter(({ spec }) => spec.versions.some(({ name }) => name === 'v2alpha1'))
      .map(({ spec }) => spec.names.plural),
  );
  const served = <T extends KubeObject>(type: ResourceType<T>): ResourceType<T> =>
    type.group === 'cilium.io' && alpha.has(type.plural) ? { ...type, version: 'v2alpha1' } : type;
  return {
    get: (type, ...rest) => kube.get(served(type), ...rest),
    list: (type, ...rest) => kube.list(served(type), ...rest),
    create: (type, object) => {
      const { group, version: name } = served(type);
      return kube.create(
        served(type),
        group === 'cilium.io' ? { ...object, apiVersion: `${group}/${name}` } : object,
      );
    },
    update: (type, ...rest) => kube.update(served(type), ...rest),
    updateStatus: (type, ...rest) => kube.updateStatus(served(type), ...rest),
    delete: (type, ...rest) => kube.delete(served(type), ...rest),
    watch: (type, handler) => kube.watch(served(type), handler),
  };
}
