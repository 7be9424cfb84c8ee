import type { Definition, Definitions } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import { type GroupVersion, groupVersions } from './discovery.ts';

/**
 * `/openapi/v3` and below: enough for kubectl to see that the server validates fields itself (the
 * `fieldValidation` parameter of PATCH), so that it does not want the schemas, and for `kubectl explain`.
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
    components: { schemas: Object.fromEntries(found.definitions.map(each => schemaOf(each, found.version))) },
  };
}

/** What `kubectl explain` prints: a custom resource's schema; of built-in ones there is none here. */
function schemaOf({ group, kind, custom }: Definition, version: string): [string, JsonObject] {
  const name = [...group.split('.').reverse(), version, kind].filter(part => part !== '').join('.');
  const none = { type: 'object', description: "The lab's API has no field descriptions of built-in kinds." };
  const schema = custom?.get(version)?.schema ?? none;
  return [name, { ...schema, 'x-kubernetes-group-version-kind': [{ group, version, kind }] }];
}

/**
 * `/openapi/v2` without any schema. kubectl before 1.27 reads it, as the protocol buffer of gnostic's `Document`
 * (field 1 is `swagger`), and validates nothing it finds no schema for.
 */
export const openApiV2 = { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths: {} };

/** Asked for as `…spec.v2@v1.0+protobuf`, which is no media type; this is what the API server answers with. */
const openApiV2ProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** The body, and its media type when it is not JSON. */
export function openApiV2Document(accept: string | undefined): { body: unknown; contentType?: string } {
  if (accept?.includes('proto-openapi') !== true) return { body: openApiV2 };
  return { body: Buffer.from('\x0a\x032.0', 'latin1'), contentType: openApiV2ProtobufType };
}
