import { namespaces, pods } from '../../../helpers/kube/resources.ts';
import type { KubeObject } from '../../../helpers/kube/types.ts';
import { type Definition, resourceKey } from './definitions.ts';
import { conflict, forbidden } from './errors.ts';
import { clone, type JsonObject, numberAt, objectAt, stringAt } from './json.ts';
import { type Objects, timestamp } from './objects.ts';
import type { Stored } from './storage.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface Deleted {
  readonly object: Stored;
  /** False when it is only marked: finalizers, a grace period or contents hold it. */
  readonly gone: boolean;
}

const foreground = 'foregroundDeletion';
const permanentNamespaces = ['default', 'kube-system', 'kube-public'];

type Draft = KubeObject & JsonObject;

/** Removes objects and what belongs to them: dependents by owner reference, contents of namespaces. */
export class Deletion {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
    objects.storage.follow(change => {
      if (change.type === 'DELETED') return;
      this.#finishIfReleased(change.resource, change.object);
      if (change.type === 'ADDED') this.#collectIfOrphan(change.object);
    });
  }

  /** @throws ApiError 403, 404, 409 (preconditions) */
  delete(
    definition: Definition,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Deleted {
    const object = this.#objects.mustGet(definition, namespace, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    for (const [what, wanted, actual] of [
      ['UID', uid, object.metadata.uid],
      ['ResourceVersion', resourceVersion, object.metadata.resourceVersion],
    ]) {
      if (wanted === undefined || wanted === actual) continue;
      const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual ?? ''}`;
      throw conflict(definition, name, why);
    }
    const isNamespace = resourceKey(definition) === resourceKey(namespaces);
    if (isNamespace && permanentNamespaces.includes(name)) {
      throw forbidden(definition, name, 'this namespace may not be deleted');
    }
    if (options.dryRun === true) return { object, gone: true };
    const grace = this.#gracePeriod(definition, object, options.gracePeriodSeconds);
    if (grace > 0) return { object: this.#mark(definition, object, grace), gone: false };
    if (isNamespace) return this.#deleteNamespace(definition, object);
    const dependents = this.#objects.storage.dependentsOf(object.metadata.uid ?? '');
    if (options.propagationPolicy === 'Orphan') {
      for (const dependent of dependents) this.#disown(dependent.resource, dependent.object, object);
    }
    if (options.propagationPolicy === 'Foreground' && dependents.length > 0) {
      const marked = this.#mark(definition, object, 0, [foreground]);
      for (const dependent of dependents) this.#deleteQuietly(dependent.resource, dependent.object);
      return { object: marked, gone: this.#objects.get(definition, namespace, name) === undefined };
    }
    if ((object.metadata.finalizers ?? []).length > 0) {
      return { object: this.#mark(definition, object, 0), gone: false };
    }
    return { object: this.#remove(definition, object), gone: true };
  }

  /** Seconds until the kubelet has ended the pod; 0 for all that goes at once. */
  #gracePeriod(definition: Definition, object: Stored, wanted: number | undefined): number {
    if (resourceKey(definition) !== resourceKey(pods)) return 0;
    const phase = stringAt(object.status, 'phase');
    if (!stringAt(object.spec, 'nodeName') || phase === 'Failed' || phase === 'Succeeded') return 0;
    const period = wanted ?? numberAt(object.spec, 'terminationGracePeriodSeconds') ?? 30;
    const running = object.metadata.deletionGracePeriodSeconds;
    return running === undefined ? Math.max(0, period) : Math.min(running, Math.max(0, period));
  }

  #mark(definition: Definition, object: Stored, grace: number, finalizers: readonly string[] = []): Stored {
    const held = object.metadata.finalizers ?? [];
    const missing = finalizers.filter(finalizer => !held.includes(finalizer));
    const { deletionTimestamp, deletionGracePeriodSeconds: running } = object.metadata;
    if (deletionTimestamp !== undefined && missing.length === 0 && (running ?? 0) <= grace) return object;
    const draft = clone(object) as Draft;
    draft.metadata.deletionTimestamp = timestamp(Date.now() + grace * 1000);
    draft.metadata.deletionGracePeriodSeconds = grace;
    if (missing.length > 0) draft.metadata.finalizers = [...held, ...missing];
    if (definition.counted) draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
    return this.#objects.storage.put(definition, draft);
  }

  #deleteNamespace(definition: Definition, object: Stored): Deleted {
    const { name } = object.metadata;
    let marked = object;
    if (object.metadata.deletionTimestamp === undefined) {
      const draft = clone(object) as Draft;
      draft.metadata.deletionTimestamp = timestamp();
      draft.status = { ...objectAt(draft, 'status'), phase: 'Terminating' };
      marked = this.#objects.storage.put(definition, draft);
      for (const { resource, object: content } of [...this.#objects.storage.inNamespace(name)]) {
        this.#deleteQuietly(resource, content);
      }
    }
    this.#removeNamespaceIfEmpty(name);
    return { object: marked, gone: this.#objects.get(definition, undefined, name) === undefined };
  }

  #remove(definition: Definition, object: Stored): Stored {
    const { storage } = this.#objects;
    const { name, namespace, uid = '' } = object.metadata;
    if (storage.byUid(uid) === undefined) return object;
    if (resourceKey(definition) === 'apiextensions.k8s.io/customresourcedefinitions') {
      this.#deleteInstances(object);
    }
    const last = storage.remove(definition, object);
    for (const dependent of storage.dependentsOf(uid)) {
      const others = (dependent.object.metadata.ownerReferences ?? []).filter(owner => owner.uid !== uid);
      if (others.some(owner => storage.byUid(owner.uid) !== undefined)) {
        this.#disown(dependent.resource, dependent.object, object);
      } else this.#deleteQuietly(dependent.resource, dependent.object);
    }
    for (const owner of object.metadata.ownerReferences ?? []) this.#releaseOwner(owner.uid);
    if (namespace !== undefined) this.#removeNamespaceIfEmpty(namespace);
    else if (resourceKey(definition) === resourceKey(namespaces)) this.#removeNamespaceIfEmpty(name);
    return last;
  }

  #deleteInstances(crd: Stored): void {
    const group = stringAt(crd.spec, 'group') ?? '';
    const plural = stringAt(objectAt(crd.spec, 'names'), 'plural') ?? '';
    const key = `${group}/${plural}`;
    for (const instance of this.#objects.storage.list(key)) this.#deleteQuietly(key, instance);
  }

  /** Deletes what may already be gone, or going. */
  #deleteQuietly(resource: string, object: Stored): void {
    const definition = this.#definition(resource);
    const { namespace, name } = object.metadata;
    if (definition === undefined || this.#objects.get(definition, namespace, name) === undefined) return;
    this.delete(definition, namespace, name);
  }

  #disown(resource: string, object: Stored, owner: Stored): void {
    const definition = this.#definition(resource);
    if (definition === undefined) return;
    const draft = clone(object) as Draft;
    const kept = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    if (kept.length > 0) draft.metadata.ownerReferences = kept;
    else delete draft.metadata.ownerReferences;
    this.#objects.storage.put(definition, draft);
  }

  /** An owner deleted in the foreground goes when its last dependent has gone. */
  #releaseOwner(uid: string): void {
    const { storage } = this.#objects;
    const found = storage.byUid(uid);
    if (found?.object.metadata.finalizers?.includes(foreground) !== true) return;
    if (storage.dependentsOf(uid).length > 0) return;
    const definition = this.#definition(found.resource);
    if (definition === undefined) return;
    const draft = clone(found.object) as Draft;
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter(
      finalizer => finalizer !== foreground,
    );
    storage.put(definition, draft);
  }

  #finishIfReleased(resource: string, object: Stored): void {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined || finalizers.length > 0) return;
    if (deletionGracePeriodSeconds !== 0) return;
    const definition = this.#definition(resource);
    if (definition !== undefined) this.#remove(definition, object);
  }

  #removeNamespaceIfEmpty(name: string): void {
    const { storage } = this.#objects;
    const found = storage.get(resourceKey(namespaces), undefined, name);
    if (found?.metadata.deletionTimestamp === undefined) return;
    for (const _content of storage.inNamespace(name)) return;
    if ((found.metadata.finalizers ?? []).length > 0) return;
    const definition = this.#definition(resourceKey(namespaces));
    if (definition !== undefined) storage.remove(definition, found);
  }

  /** An object made for owners that are gone already goes too, but not within the call that made it. */
  #collectIfOrphan(object: Stored): void {
    const owners = object.metadata.ownerReferences ?? [];
    const { storage } = this.#objects;
    if (owners.length === 0 || owners.some(({ uid }) => storage.byUid(uid) !== undefined)) return;
    queueMicrotask(() => {
      const found = storage.byUid(object.metadata.uid ?? '');
      if (found === undefined || owners.some(({ uid }) => storage.byUid(uid) !== undefined)) return;
      this.#deleteQuietly(found.resource, found.object);
    });
  }

  #definition(resource: string): Definition | undefined {
    const slash = resource.indexOf('/');
    return this.#objects.definitions.get(resource.slice(0, slash), resource.slice(slash + 1));
  }
}
