import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../../helpers/kube/resources.ts';
import { namespaces, services } from '../../../helpers/kube/resources.ts';
import { admitBuiltIn } from './admission/admission.ts';
import { validateMetadata } from './admission/metadata.ts';
import type { AdmissionContext } from './admission/rules.ts';
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
import { type Incoming, receive } from './incoming.ts';
import { equal, type JsonObject } from './json.ts';
import { type ApplyOptions, applied, trackUpdate } from './managed/ownership.ts';
import { nameSuffix } from './names.ts';
import { admitCustom } from './schema/admit.ts';
import { pruneBuiltIn } from './schema/built-in.ts';
import type { CelRules } from './schema/validate.ts';
import { Storage, type Stored } from './storage.ts';
import { type Draft, updated } from './update-rules.ts';
import type { WriteOptions } from './write-options.ts';

export interface ObjectsOptions {
  readonly serviceCidr: string;
  readonly historyLimit: number;
  readonly celRules: CelRules;
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
    given: object,
    namespace: string | undefined,
    options: WriteOptions = {},
  ): Stored {
    const received = receive(definition, version, given);
    if (received.metadata.resourceVersion) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if (definition.namespaced) this.#enterNamespace(definition, received.metadata, namespace);
    const { name = '', generateName } = received.metadata;
    const object: Draft = {
      ...received,
      metadata: {
        ...received.metadata,
        name: name === '' && generateName ? generateName + nameSuffix() : name,
        uid: randomUUID(),
        creationTimestamp: timestamp(),
      },
    };
    const { metadata } = object;
    if (!definition.namespaced) delete metadata.namespace;
    delete metadata.generation;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    if (definition.counted) metadata.generation = 1;
    // A node is the exception: the kubelet registers itself with its status.
    if (definition.subresources.includes('status') && definition.plural !== 'nodes') delete object.status;
    if (this.get(definition, metadata.namespace, metadata.name) !== undefined) {
      throw alreadyExists(definition, metadata.name);
    }
    this.#admit(definition, version, object, undefined, options);
    if (options.tracked !== true) this.#track(definition, version, undefined, object, options);
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
    given: object,
    options: WriteOptions = {},
  ): Stored {
    const old = this.mustGet(definition, namespace, name);
    const received = receive(definition, version, given);
    this.#checkIdentity(definition, namespace, received.metadata, old);
    const next = updated(definition, received, old, options);
    this.#admit(definition, version, next, old, options);
    if (definition.counted && options.subresource !== 'status') {
      const changed = !equal(specificationOf(next), specificationOf(old));
      next.metadata.generation = (old.metadata.generation ?? 1) + (changed ? 1 : 0);
    }
    if (isDeepStrictEqual(next, old)) return old;
    if (options.tracked !== true) this.#track(definition, version, old, next, options);
    return this.#keep(definition, next, options);
  }

  /**
   * Server-side apply. @throws ApiError 400, 404, 409 (fields of other managers), 422
   * @returns whether the object is new, and the object
   */
  apply(
    definition: Definition,
    version: string,
    namespace: string | undefined,
    name: string,
    given: object,
    options: WriteOptions & ApplyOptions,
  ): { readonly created: boolean; readonly object: Stored } {
    const received = receive(definition, version, given);
    received.metadata.name ??= name;
    const old = this.get(definition, namespace, name);
    if (old === undefined && options.subresource !== undefined) throw notFound(definition, name);
    const live = old === undefined ? undefined : inVersion(definition, old, version);
    const next = applied(definition, version, live, received, options, timestamp());
    const tracked = { ...options, tracked: true };
    return old === undefined
      ? { created: true, object: this.create(definition, version, next, namespace, tracked) }
      : { created: false, object: this.replace(definition, version, namespace, name, next, tracked) };
  }

  #checkIdentity(
    definition: Definition,
    namespace: string | undefined,
    metadata: Incoming['metadata'],
    { metadata: old }: Stored,
  ): void {
    if (metadata.name !== undefined && metadata.name !== old.name) {
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${old.name})`,
      );
    }
    if (definition.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest(
        `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace ?? ''})`,
      );
    }
    if (metadata.uid && metadata.uid !== old.uid) {
      const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.uid ?? ''}`;
      throw conflict(definition, old.name, why);
    }
    if (metadata.resourceVersion && metadata.resourceVersion !== old.resourceVersion) {
      throw conflict(definition, old.name, modifiedMeanwhile);
    }
  }

  #track(
    definition: Definition,
    version: string,
    old: Stored | undefined,
    next: Draft,
    options: WriteOptions,
  ): void {
    const before = old === undefined ? undefined : inVersion(definition, old, version);
    const managers = trackUpdate(definition, version, before, next, options, timestamp());
    if (managers.length > 0) next.metadata.managedFields = managers;
    else delete next.metadata.managedFields;
  }

  #enterNamespace(
    definition: Definition,
    metadata: Incoming['metadata'],
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

  #admit(
    definition: Definition,
    version: string,
    object: Draft,
    old: Stored | undefined,
    options: WriteOptions,
  ): void {
    const errors: FieldError[] = [];
    const custom = definition.custom?.get(version);
    if (custom === undefined) {
      this.#unknownFields(pruneBuiltIn(definition, object), options);
      errors.push(...admitBuiltIn(definition, object, old, this.#context(options)));
    } else {
      if (custom.warning !== undefined) options.warn?.(custom.warning);
      const found = admitCustom(custom, object, old, this.#options.celRules);
      this.#unknownFields(found.unknown, options);
      errors.push(...validateMetadata(definition, object), ...found.errors);
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

  #keep(definition: Definition, object: Draft, options: WriteOptions): Stored {
    if (options.dryRun === true) return object as Stored;
    return this.storage.put(definition, object);
  }
}
