import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface ListOptions {
  namespace?: string;
  /** A label selector in kubectl's notation, e.g. `app=webpod,tier in (a,b)`. */
  labelSelector?: string;
}

/**
 * The API server's store as the lab's own controllers see it: in the same process, synchronous, and held
 * to the same rules as a client on the wire (validation, resourceVersion, generation, watch order).
 * Objects handed out are frozen snapshots: change them only through `update`.
 */
export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): T | undefined;
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): readonly T[];

  /** @throws ApiError 409 AlreadyExists, 422 Invalid */
  create<T extends KubeObject>(type: ResourceType<T>, object: T): T;

  /**
   * Reads, lets `mutate` change a copy, and writes it if it differs. Atomic: nothing runs in between.
   * Returns undefined when the object is gone. @throws ApiError 422 Invalid
   */
  update<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    mutate: (draft: T) => void,
  ): T | undefined;

  /** As `update`, but only `status` is taken from the draft (the status subresource). */
  updateStatus<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    mutate: (draft: T) => void,
  ): T | undefined;

  /**
   * Deletes; an object with finalizers only gets its deletionTimestamp. Deleting what is gone is no error.
   * A pod that is bound to a node also gets only its deletionTimestamp, for its kubelet to end it and then to
   * remove it with `gracePeriodSeconds: 0`.
   */
  delete(
    type: ResourceType,
    name: string,
    namespace?: string,
    options?: { readonly gracePeriodSeconds?: number },
  ): void;

  /**
   * Calls `handler` with ADDED for what exists, then with every change in order, each from a fresh
   * microtask (never from inside the write that caused it). Returns a function that stops it.
   */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    handler: (event: WatchEventType, object: T, previous: T | undefined) => void,
  ): () => void;
}
