import { ApiError, badRequest } from '../errors.ts';
import { clone, equal, isObject } from '../json.ts';

function steps(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw badRequest(`json patch: ${pointer} is no JSON pointer`);
  return pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function unprocessable(message: string): ApiError {
  return new ApiError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${message}`,
  );
}

function indexOf(list: readonly unknown[], step: string, limit: number, pointer: string): number {
  if (!/^(0|[1-9]\d*)$/.test(step) || Number(step) > limit) {
    throw unprocessable(`json patch: index ${step} of ${pointer} is outside a list of ${list.length}`);
  }
  return Number(step);
}

function member(container: unknown, step: string, pointer: string): unknown {
  if (Array.isArray(container)) {
    return container[indexOf(container, step, container.length - 1, pointer)] as unknown;
  }
  if (isObject(container) && Object.hasOwn(container, step)) return container[step];
  throw unprocessable(`json patch: path ${pointer} does not exist`);
}

function locate(document: unknown, pointer: string): { container: unknown; last: string } {
  const path = steps(pointer);
  const last = path.pop();
  if (last === undefined) throw unprocessable('json patch: the whole document cannot be the target');
  let container = document;
  for (const step of path) container = member(container, step, pointer);
  return { container, last };
}

function read(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  const { container, last } = locate(document, pointer);
  return member(container, last, pointer);
}

function add(document: unknown, pointer: string, value: unknown): void {
  const { container, last } = locate(document, pointer);
  if (Array.isArray(container)) {
    const at = last === '-' ? container.length : indexOf(container, last, container.length, pointer);
    container.splice(at, 0, value);
  } else if (isObject(container)) container[last] = value;
  else throw unprocessable(`json patch: ${pointer} is inside a value that is neither object nor list`);
}

function remove(document: unknown, pointer: string): void {
  const { container, last } = locate(document, pointer);
  member(container, last, pointer);
  if (Array.isArray(container)) container.splice(Number(last), 1);
  else if (isObject(container)) delete container[last];
}

/**
 * Against RFC 6902 the API server also takes it for an object's member that is not there (evanphx/json-patch v4,
 * `partialDoc.get`): by such a patch Cilium's agent writes the first status of a CiliumBGPNodeConfig.
 */
function replace(document: unknown, pointer: string, value: unknown): void {
  const { container, last } = locate(document, pointer);
  if (isObject(container)) container[last] = value;
  else {
    remove(document, pointer);
    add(document, pointer, value);
  }
}

/** A JSON patch (RFC 6902) on a copy of `document`. @throws ApiError 400 (no patch), 422 (does not apply) */
export function applyJsonPatch<T>(document: T, patch: unknown): T {
  if (!Array.isArray(patch)) throw badRequest('json patch: the body is no list of operations');
  const result: unknown = clone(document);
  for (const operation of patch as unknown[]) {
    if (!isObject(operation) || typeof operation.path !== 'string') {
      throw badRequest('json patch: an operation needs op and path');
    }
    const { op, path } = operation;
    const from = typeof operation.from === 'string' ? operation.from : '';
    switch (op) {
      case 'add':
        add(result, path, clone(operation.value));
        break;
      case 'remove':
        remove(result, path);
        break;
      case 'replace':
        replace(result, path, clone(operation.value));
        break;
      case 'move': {
        const value = read(result, from);
        remove(result, from);
        add(result, path, value);
        break;
      }
      case 'copy':
        add(result, path, clone(read(result, from)));
        break;
      case 'test':
        if (!equal(read(result, path), operation.value)) {
          throw unprocessable(
            `json patch: testing value ${path} failed: it is ${JSON.stringify(read(result, path))}`,
          );
        }
        break;
      default:
        throw badRequest(`json patch: unknown operation ${JSON.stringify(op)}`);
    }
  }
  return result as T;
}

/** A JSON merge patch (RFC 7396). */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return clone(patch);
  const result = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return clone(result);
}
