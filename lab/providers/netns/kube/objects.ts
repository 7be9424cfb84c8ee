import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../../../helpers/kube/resources.ts';
import { namespaces, services } from '../../../../helpers/kube/resources.ts';
import type { KubeObject, ObjectMeta } from '../../../../helpers/kube/types.ts';
import { type AdmissionContext, admitBuiltIn } from './admission/admission.ts';
import { validateMetadata } from './admission/metadata.ts';
import { definitionOf } from './custom-resources.ts';
import { type Definition, Definitions, groupVersion, resourceKey } from './definitions.ts';
import {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  type FieldError,
  field,
  forbidden,
  invalid,
  modifiedMeanwhile,
  notFound,
} from './errors.ts';
import { clone, equal, isObject, type JsonObject } from './json.ts';
import { admitCustom } from './schema/admit.ts';
import { checkBuiltInFields } from './schema/built-in.ts';
import type { CelRules } from './schema/validate.ts';
import { Storage, type Stored } from './storage.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  /** Go through everything and keep nothing. */
  readonly dryRun?: boolean;
  /** The writer is one of the lab's controllers. */
  readonly local?: boolean;
  /** What to do about fields the schema does not know. Default Ignore. */
  readonly fieldValidation?: FieldValidation;
  /** Takes what the client is to be warned of. */
  readonly warn?: (message: string) => void;
  readonly subresource?: 'status';
}

export interface ObjectsOptions {
  readonly serviceCidr: string;
  readonly historyLimit: number;
  readonly celRules: CelRules;
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

function nameSuffix(): string {
  return [...randomBytes(5)].map(byte => suffixAlphabet[byte % suffixAlphabet.length]).join('');
}

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export function timestamp(at = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** What `metadata.generation` counts: everything but metadata and status. */
function specificationOf(object: JsonObject): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

/** An object as a client of this version sees it. Versions differ in their `apiVersion` alone. */
export function inVersion(definition: Definition, object: Stored, version: string): Stored {
  const apiVersion = groupVersion(definition.group, version);
  return object.apiVersion === apiVersion ? object : Object.freeze({ ...object, apiVersion });
}

/** The rules of writing: who may be created, what an update keeps, how versions are counted. */
export class Objects {
  readonly definitions = new Definitions();
  readonly storage: Storage;
  readonly #options: ObjectsOptions;

  constructor(options: ObjectsOptions) {
    this.#options = options;
    this.storage = new Storage(options.historyLimit);
    this.storage.follow(change => {
      if (change.resource !== 'apiextensions.k8s.io/customresourcedefinitions') return;
      const definition = definitionOf(change.object);
      if (change.type === 'DELETED') this.definitions.unregister(definition);
      else this.definitions.register(definition);
    });
  }

  get(definition: Definition, namespace: string | undefined, name: string): Stored | undefined {
    return this.storage.get(resourceKey(definition), namespace, name);
  }

  /** @throws ApiError 404 */
  mustGet(definition: Definition, namespace: string | undefined, name: string): Stored {
    const found = this.get(definition, namespace, name);
    if (found === undefined) throw notFound(definition, name);
    return found;
  }

  /** @throws ApiError 400, 403 (namespace is going), 404 (no namespace), 409, 422 */
  create(
    definition: Definition,
    version: string,
    given: KubeObject,
    namespace: string | undefined,
    options: WriteOptions = {},
  ): Stored {
    const object = this.#received(definition, version, given);
    const { metadata } = object;
    if (metadata.resourceVersion) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if (definition.namespaced) this.#enterNamespace(definition, metadata, namespace);
    else delete metadata.namespace;
    if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + nameSuffix();
    metadata.uid = randomUUID();
    metadata.creationTimestamp = timestamp();
    delete metadata.generation;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    if (definition.counted) metadata.generation = 1;
    // A node is the exception: the kubelet registers itself with its status.
    if (definition.subresources.includes('status') && definition.plural !== 'nodes') {
      delete (object as unknown as JsonObject).status;
    }
    const name = metadata.name ?? '';
    if (this.get(definition, metadata.namespace, name) !== undefined) throw alreadyExists(definition, name);
    this.#admit(definition, version, object, undefined, options);
    return this.#keep(definition, object, options);
  }

  /**
   * Writes a whole object, or its status alone. An object that would not change is not written.
   * @throws ApiError 400, 404, 409 (resourceVersion is not the current one), 422
   */
  replace(
    definition: Definition,
    version: string,
    namespace: string | undefined,
    name: string,
    given: KubeObject,
    options: WriteOptions = {},
  ): Stored {
    const old = this.mustGet(definition, namespace, name);
    const object = this.#received(definition, version, given);
    const { metadata } = object;
    if (metadata.name !== undefined && metadata.name !== name) {
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    metadata.name = name;
    if (definition.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest(
        `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace ?? ''})`,
      );
    }
    if (metadata.uid && metadata.uid !== old.metadata.uid) {
      throw conflict(
        definition,
        name,
        `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
      );
    }
    if (metadata.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(definition, name, modifiedMeanwhile);
    }
    const next = this.#merge(definition, object, old, options);
    this.#admit(definition, version, next, old, options);
    if (definition.counted && options.subresource === undefined) {
      const changed = !equal(specificationOf(next as unknown as JsonObject), specificationOf(old));
      next.metadata.generation = (old.metadata.generation ?? 1) + (changed ? 1 : 0);
    }
    if (isDeepStrictEqual(next, old)) return old;
    return this.#keep(definition, next, options);
  }

  /** A private copy in storage version. @throws ApiError 400 when it is another kind's */
  #received(definition: Definition, version: string, given: KubeObject): KubeObject {
    const object = clone(given);
    const expected = groupVersion(definition.group, version);
    object.apiVersion ||= expected;
    object.kind ||= definition.kind;
    if (object.apiVersion !== expected) {
      throw badRequest(
        `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`,
      );
    }
    if (object.kind !== definition.kind) {
      throw badRequest(
        `the kind in the data (${object.kind}) does not match the expected kind (${definition.kind})`,
      );
    }
    if (!isObject(object.metadata)) object.metadata = { name: '' };
    const metadata = object.metadata as unknown as JsonObject;
    for (const member of ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields']) {
      const value = metadata[member];
      const empty = Array.isArray(value)
        ? value.length === 0
        : isObject(value) && Object.keys(value).length === 0;
      if (value === null || empty) delete metadata[member];
    }
    if (metadata.creationTimestamp === null) delete metadata.creationTimestamp;
    delete metadata.selfLink;
    return object;
  }

  #enterNamespace(
    definition: Definition,
    metadata: Partial<ObjectMeta>,
    requested: string | undefined,
  ): void {
    const namespace = requested ?? metadata.namespace ?? 'default';
    if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest(
        `the namespace of the provided object does not match the namespace sent on the request`,
      );
    }
    metadata.namespace = namespace;
    const home = this.storage.get(resourceKey(namespaces), undefined, namespace);
    if (home === undefined) throw notFound({ ...namespaces }, namespace);
    if (home.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        definition,
        metadata.name ?? metadata.generateName ?? '',
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  /** What an update may change of what is there. */
  #merge(definition: Definition, object: KubeObject, old: Stored, options: WriteOptions): KubeObject {
    const next = object as KubeObject & JsonObject;
    if (options.subresource === 'status') {
      const base = clone(old) as KubeObject & JsonObject;
      // The kubelet sets labels and annotations of nodes and pods together with their status.
      if (definition.group === '' && !options.local) {
        for (const member of ['labels', 'annotations'] as const) {
          const value = object.metadata[member];
          if (value === undefined) delete base.metadata[member];
          else base.metadata[member] = value;
        }
      }
      if (next.status === undefined) delete base.status;
      else base.status = next.status;
      if (object.metadata.managedFields !== undefined) {
        base.metadata.managedFields = object.metadata.managedFields;
      }
      return base;
    }
    if (definition.subresources.includes('status')) {
      if (old.status === undefined) delete next.status;
      else next.status = clone(old.status);
    }
    const { metadata } = next;
    const before = old.metadata;
    if (before.namespace !== undefined) metadata.namespace = before.namespace;
    if (before.generateName !== undefined) metadata.generateName ??= before.generateName;
    for (const member of ['uid', 'creationTimestamp', 'deletionTimestamp'] as const) {
      const value = before[member];
      if (value === undefined) delete metadata[member];
      else metadata[member] = value;
    }
    for (const member of ['generation', 'deletionGracePeriodSeconds'] as const) {
      const value = before[member];
      if (value === undefined) delete metadata[member];
      else metadata[member] = value;
    }
    metadata.resourceVersion = before.resourceVersion ?? '';
    if (before.managedFields !== undefined) metadata.managedFields ??= clone(before.managedFields);
    return next;
  }

  #admit(
    definition: Definition,
    version: string,
    object: KubeObject,
    old: Stored | undefined,
    options: WriteOptions,
  ): void {
    const errors: FieldError[] = [];
    const json = object as unknown as JsonObject;
    const custom = definition.custom?.get(version);
    if (custom === undefined) {
      this.#unknownFields(checkBuiltInFields(definition, json), options);
      errors.push(...admitBuiltIn(definition, json, old, this.#context(options)));
    } else {
      if (custom.warning !== undefined) options.warn?.(custom.warning);
      const found = admitCustom(custom, json, old, this.#options.celRules);
      this.#unknownFields(found.unknown, options);
      errors.push(...validateMetadata(definition, json), ...found.errors);
    }
    if (old?.metadata.deletionTimestamp !== undefined) {
      const before = old.metadata.finalizers ?? [];
      const added = (object.metadata.finalizers ?? []).filter(finalizer => !before.includes(finalizer));
      if (added.length > 0) {
        errors.push(
          field.forbidden(
            'metadata.finalizers',
            `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
          ),
        );
      }
    }
    if (errors.length > 0) throw invalid(definition, object.metadata.name, errors);
    object.apiVersion = groupVersion(definition.group, definition.storageVersion);
  }

  #unknownFields(paths: readonly string[], options: WriteOptions): void {
    const messages = paths.map(path => `unknown field "${path}"`);
    if (messages.length === 0) return;
    if (options.fieldValidation === 'Strict') {
      throw new ApiError(400, 'BadRequest', `strict decoding error: ${messages.join(', ')}`);
    }
    if (options.fieldValidation === 'Warn') for (const message of messages) options.warn?.(message);
  }

  #context(options: WriteOptions): AdmissionContext {
    return {
      serviceCidr: this.#options.serviceCidr,
      services: () => this.storage.list(resourceKey(services)) as unknown as Service[],
      now: timestamp,
      local: options.local ?? false,
    };
  }

  #keep(definition: Definition, object: KubeObject, options: WriteOptions): Stored {
    if (options.dryRun === true) return object as Stored;
    return this.storage.put(definition, object);
  }
}
