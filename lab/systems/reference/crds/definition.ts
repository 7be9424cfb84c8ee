import type { CustomResourceDefinition } from '../../../../helpers/kube/resources.ts';
import { object, type Schema, string } from './schema.ts';

export interface Version {
  readonly name: 'v2' | 'v2alpha1';
  readonly spec?: Schema;
  readonly status?: Schema;
  /** Fields beside `spec` and `status`; a name ending in `!` is required. */
  readonly fields?: Readonly<Record<string, Schema>>;
  readonly deprecated?: boolean;
}

export interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope?: 'Namespaced' | 'Cluster';
  readonly columns?: readonly (readonly [name: string, type: string, jsonPath: string])[];
  /** The first is the stored one. */
  readonly versions: readonly Version[];
}

const age = ['Age', 'date', '.metadata.creationTimestamp'] as const;

/** A CustomResourceDefinition of the group cilium.io. */
export function customResource(definition: Definition): CustomResourceDefinition {
  const { kind, plural } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cilium.io` },
    spec: {
      group: 'cilium.io',
      scope: definition.scope ?? 'Cluster',
      names: {
        plural,
        singular: kind.toLowerCase(),
        kind,
        listKind: `${kind}List`,
        categories: ['cilium'],
        ...(definition.shortNames === undefined ? {} : { shortNames: [...definition.shortNames] }),
      },
      versions: definition.versions.map((version, index) => ({
        name: version.name,
        served: true,
        storage: index === 0,
        ...(version.deprecated === true ? { deprecated: true } : {}),
        schema: { openAPIV3Schema: { ...schemaOf(version) } },
        ...(version.status === undefined ? {} : { subresources: { status: {} } }),
        additionalPrinterColumns: [...(definition.columns ?? []), age].map(([name, type, jsonPath]) => ({
          name,
          type,
          jsonPath,
        })),
      })),
    },
  };
}

function schemaOf(version: Version): Schema {
  return object({
    apiVersion: string(),
    kind: string(),
    'metadata!': { type: 'object' },
    ...(version.spec === undefined ? {} : { 'spec!': version.spec }),
    ...(version.status === undefined ? {} : { status: version.status }),
    ...version.fields,
  });
}
