import type { KubeObject } from '../../../helpers/kube/types.ts';
import type { WatchEventType } from './client.ts';
import { type Definition, resourceKey } from './definitions.ts';
import { expired } from './errors.ts';
import { deepFreeze } from './json.ts';

/** An object as it is kept: frozen, in its storage version. */
export type Stored = KubeObject & { readonly [member: string]: unknown };

export interface Change {
  readonly type: WatchEventType;
  readonly resource: string;
  readonly revision: number;
  readonly object: Stored;
  readonly previous: Stored | undefined;
}

/** Order of the objects in a list, that of etcd's keys. */
export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

/**
 * Objects, the counter that orders their changes, and the recent changes themselves. No rules: what may be
 * written is decided above.
 */
export class Storage {
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #byUid = new Map<string, { readonly resource: string; readonly object: Stored }>();
  readonly #history: Change[] = [];
  readonly #followers = new Set<(change: Change) => void>();
  readonly #historyLimit: number;
  #forgotten = 0;
  #revision = 1;

  /** @param historyLimit how many changes a watch may lag behind before it gets 410 Gone */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: string, namespace: string | undefined, name: string): Stored | undefined {
    return this.#objects.get(resource)?.get(objectKey(namespace, name));
  }

  /** Sorted by namespace and name. */
  list(resource: string, namespace?: string): Stored[] {
    const objects = this.#objects.get(resource);
    if (objects === undefined) return [];
    const entries = [...objects.entries()];
    const wanted =
      namespace === undefined
        ? entries
        : entries.filter(([, object]) => object.metadata.namespace === namespace);
    return wanted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
  }

  byUid(uid: string): { readonly resource: string; readonly object: Stored } | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects that name this uid among their owners. */
  dependentsOf(uid: string): { readonly resource: string; readonly object: Stored }[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap(dependent => this.#byUid.get(dependent) ?? []);
  }

  /** Everything kept in a namespace, with the resource it belongs to. */
  *inNamespace(namespace: string): Iterable<{ resource: string; object: Stored }> {
    for (const [resource, objects] of this.#objects) {
      for (const object of objects.values()) {
        if (object.metadata.namespace === namespace) yield { resource, object };
      }
    }
  }

  /** Keeps a new or changed object under the next resourceVersion. Takes possession of `object`. */
  put(definition: Definition, object: KubeObject): Stored {
    const resource = resourceKey(definition);
    const objects = this.#objects.get(resource) ?? new Map<string, Stored>();
    this.#objects.set(resource, objects);
    const previous = objects.get(keyOf(object));
    object.metadata.resourceVersion = String(++this.#revision);
    const stored = deepFreeze(object) as Stored;
    if (previous !== undefined) this.#unlink(previous);
    objects.set(keyOf(stored), stored);
    this.#link(resource, stored);
    this.#record({
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      resource,
      revision: this.#revision,
      object: stored,
      previous,
    });
    return stored;
  }

  remove(definition: Definition, object: Stored): Stored {
    const resource = resourceKey(definition);
    this.#objects.get(resource)?.delete(keyOf(object));
    this.#unlink(object);
    const revision = ++this.#revision;
    const last = deepFreeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    }) as Stored;
    this.#record({ type: 'DELETED', resource, revision, object: last, previous: object });
    return last;
  }

  /** Calls `follower` inside every write, in order. Returns a function that stops it. */
  follow(follower: (change: Change) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The changes after a revision. @throws ApiError 410 when they are no longer known */
  since(revision: number): readonly Change[] {
    if (revision < this.#forgotten) {
      throw expired(`too old resource version: ${revision} (${this.#forgotten})`);
    }
    let first = this.#history.length;
    while (first > 0 && (this.#history[first - 1]?.revision ?? 0) > revision) first--;
    return this.#history.slice(first);
  }

  #record(change: Change): void {
    this.#history.push(change);
    // Cut in slices: shifting one by one would move the whole array on every write.
    if (this.#history.length > this.#historyLimit * 2) {
      const cut = this.#history.splice(0, this.#history.length - this.#historyLimit);
      this.#forgotten = cut.at(-1)?.revision ?? this.#forgotten;
    }
    for (const follower of [...this.#followers]) follower(change);
  }

  #link(resource: string, object: Stored): void {
    const uid = object.metadata.uid ?? '';
    this.#byUid.set(uid, { resource, object });
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set();
      dependents.add(uid);
      this.#dependents.set(owner.uid, dependents);
    }
  }

  #unlink(object: Stored): void {
    const uid = object.metadata.uid ?? '';
    this.#byUid.delete(uid);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
