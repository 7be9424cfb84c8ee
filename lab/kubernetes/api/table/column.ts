import type { JsonObject } from '../json.ts';

/** A column of `kubectl get`; with priority 1 it is shown by `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly priority?: number;
  readonly description?: string;
  readonly cell: (object: JsonObject) => unknown;
}
