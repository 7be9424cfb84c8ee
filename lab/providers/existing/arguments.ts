/** The arguments a program may be given: everything else is refused. */
export interface Arguments {
  /** Options in exactly this spelling; `true` for a flag, else what their value must look like. */
  readonly options?: Readonly<Record<string, true | RegExp>>;
  /** What operands must look like, in their order; fewer may be given. */
  readonly operands?: readonly RegExp[];
}

/**
 * Why a program must not run with these arguments; undefined when it may. Bundled options (`-nw`), `--option=value` and
 * a value joined to its option (`-w-`) are options of another spelling.
 */
export function whyNotAllowed(
  args: readonly string[],
  { options = {}, operands = [] }: Arguments,
): string | undefined {
  const patterns = [...operands];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const known = Object.hasOwn(options, word) ? options[word] : undefined;
    if (known === true) continue;
    const value = known === undefined ? word : rest.shift();
    const pattern = known ?? (word.startsWith('-') ? undefined : patterns.shift());
    if (value === undefined || pattern?.test(value) !== true)
      return `unknown argument ${word}: not on the allowlist`;
  }
  return undefined;
}
