/**
 * Reads a program's JSON field by field, and says which field of what is not as expected: a program of another
 * version, or one that printed an error in JSON's clothes.
 */
export class Shape {
  readonly #where: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws Error when it is no object */
  constructor(where: string, value: unknown) {
    this.#where = where;
    if (!isObject(value)) throw this.#unexpected('an object', value);
    this.#fields = value;
  }

  string(name: string): string {
    return this.#read(name, 'string');
  }

  number(name: string): number {
    return this.#read(name, 'number');
  }

  optionalString(name: string): string | undefined {
    return this.#fields[name] === undefined ? undefined : this.string(name);
  }

  optionalNumber(name: string): number | undefined {
    return this.#fields[name] === undefined ? undefined : this.number(name);
  }

  /** False when it is not there. */
  flag(name: string): boolean {
    return this.#fields[name] === undefined ? false : this.#read<boolean>(name, 'boolean');
  }

  isObject(name: string): boolean {
    return isObject(this.#fields[name]);
  }

  child(name: string): Shape {
    return new Shape(`${this.#where}.${name}`, this.#fields[name]);
  }

  optionalChild(name: string): Shape | undefined {
    return this.#fields[name] === undefined ? undefined : this.child(name);
  }

  /** Empty when it is not there, or null as Go prints an empty list. */
  children(name: string): Shape[] {
    return this.list(name).map((each, index) => new Shape(`${this.#where}.${name}[${index}]`, each));
  }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw this.#unexpected(`a list in ${name}`, value);
    return value;
  }

  /** The fields that are objects themselves, by name. */
  entries(): [name: string, value: Shape][] {
    return Object.entries(this.#fields)
      .filter(([, value]) => isObject(value))
      .map(([name]) => [name, this.child(name)]);
  }

  /** The fields that are lists of objects, by name. */
  lists(): [name: string, values: Shape[]][] {
    return Object.keys(this.#fields).map(name => [name, this.children(name)]);
  }

  /** Names of the fields that are true. */
  flags(): string[] {
    return Object.keys(this.#fields).filter(name => this.#fields[name] === true);
  }

  #read<T>(name: string, type: string): T {
    const value = this.#fields[name];
    if (typeof value !== type) throw this.#unexpected(`a ${type} in ${name}`, value);
    return value as T;
  }

  #unexpected(wanted: string, value: unknown): Error {
    const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
    return new Error(`${this.#where}: expected ${wanted}, found ${shown}`);
  }
}

/** @throws Error naming the command and the start of what it printed instead */
export function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where} printed no JSON: ${text.trim().slice(0, 200) || 'nothing at all'}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
