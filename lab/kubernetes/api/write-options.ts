import type { Subresource } from './definitions.ts';

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
  readonly subresource?: Subresource;
  /** Whom `managedFields` names. */
  readonly manager?: string;
  /** The object brings its `managedFields` with it. */
  readonly tracked?: boolean;
}
