import { type Definition, groupVersion } from '../definitions.ts';
import { isObject, type JsonObject } from '../json.ts';
import { type MessageDescriptor, messages, topLevelMessage } from '../protobuf/descriptors.ts';

/**
 * Removes, in place, the fields a built-in kind does not have, and returns their paths. An object of a kind whose
 * fields are not described in protobuf/messages stays as it is.
 */
export function pruneBuiltIn(definition: Definition, object: JsonObject): readonly string[] {
  const message = topLevelMessage(groupVersion(definition.group, definition.storageVersion), definition.kind);
  if (message === undefined) return [];
  return pruned(object, message, '');
}

const ofEveryObject = ['apiVersion', 'kind'];

interface Member {
  readonly type: string;
  readonly shape: string;
}

const membersOf = new Map<string, ReadonlyMap<string, Member>>();

/** By name, with those of inlined structs. */
function members(message: string, descriptor: MessageDescriptor): ReadonlyMap<string, Member> {
  let found = membersOf.get(message);
  if (found === undefined) {
    const own = [...descriptor.values()].flatMap((field): (readonly [string, Member])[] => {
      const inlined = field.shape === 'inline' ? messages().get(field.type) : undefined;
      return inlined === undefined ? [[field.name, field]] : [...members(field.type, inlined)];
    });
    found = new Map(own);
    membersOf.set(message, found);
  }
  return found;
}

function pruned(value: unknown, message: string, path: string): string[] {
  const descriptor = messages().get(message);
  // A scalar, or one of the messages whose JSON is no object of their fields.
  if (descriptor === undefined || !isObject(value)) return [];
  const known = members(message, descriptor);
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const field = known.get(name);
    if (field === undefined) {
      if (path === '' && ofEveryObject.includes(name)) return [];
      delete value[name];
      return [at];
    }
    if (field.shape === 'list' && Array.isArray(member)) {
      return member.flatMap((item: unknown, index) => pruned(item, field.type, `${at}[${index}]`));
    }
    if (field.shape === 'map' && isObject(member)) {
      return Object.entries(member).flatMap(([key, item]) => pruned(item, field.type, `${at}.${key}`));
    }
    return pruned(member, field.type, at);
  });
}
