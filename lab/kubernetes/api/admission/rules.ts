import type { Service } from '../../../../helpers/kube/resources.ts';
import type { FieldError } from '../errors.ts';
import type { JsonObject } from '../json.ts';

/** What admission may ask of the cluster around the object. */
export interface AdmissionContext {
  /** The cluster's service network, e.g. `10.96.0.0/16`. */
  readonly serviceCidr: string;
  readonly services: () => readonly Service[];
  readonly now: () => string;
  /** Written by the lab's own controllers: they may bind a pod by setting its nodeName. */
  readonly local: boolean;
}

/** The rules of one resource. `old` is undefined when the object is new. */
export interface Rules {
  /** Fills in, in place, what the writer left out. */
  complete?(object: JsonObject, old: JsonObject | undefined, context: AdmissionContext): void;
  validate?(
    object: JsonObject,
    old: JsonObject | undefined,
    context: AdmissionContext,
  ): readonly FieldError[];
}
