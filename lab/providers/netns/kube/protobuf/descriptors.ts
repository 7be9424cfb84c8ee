import { allMessageText } from './messages.ts';

export interface FieldDescriptor {
  readonly name: string;
  /** A scalar, one of the special messages, or the name of a message. */
  readonly type: string;
  readonly shape: 'single' | 'list' | 'map';
  /** Left out of the JSON when it is zero. */
  readonly omitZero: boolean;
}

export type MessageDescriptor = ReadonlyMap<number, FieldDescriptor>;

const line = /^ {2}(\{?)([\w-]+)(\}|\[\]|\??) ([$\w-]+) = (\d+)$/;

function parse(text: string): ReadonlyMap<string, MessageDescriptor> {
  const messages = new Map<string, Map<number, FieldDescriptor>>();
  let fields = new Map<number, FieldDescriptor>();
  for (const row of text.split('\n')) {
    if (row === '') continue;
    if (!row.startsWith(' ')) {
      fields = new Map();
      messages.set(row, fields);
      continue;
    }
    const [, open, type = '', suffix, name = '', number] = line.exec(row) ?? [];
    if (number === undefined) throw new Error(`not a field of a message: ${row}`);
    const shape = open === '{' ? 'map' : suffix === '[]' ? 'list' : 'single';
    fields.set(Number(number), { name, type, shape, omitZero: suffix === '?' });
  }
  return messages;
}

let parsed: ReadonlyMap<string, MessageDescriptor> | undefined;

/** Parsed when the first client speaks protocol buffers, not at every start. */
export function messages(): ReadonlyMap<string, MessageDescriptor> {
  parsed ??= parse(allMessageText.join(''));
  return parsed;
}
