import { type Executor, output } from '../../../helpers/exec.ts';

/** Something of a machine that a command changes: how to see it, and how to make it again what it was. */
export interface MachinePart {
  /** `route 172.20.0.0/16 table main`: one name for all the commands that change it. */
  readonly name: string;
  /** A line for each thing that is there; none when there is nothing. */
  look(machine: Executor): Promise<string[]>;
  /** Argument lists that remove a line, or put one back. */
  remove(line: string): readonly string[];
  add(line: string): readonly string[];
}

/**
 * What `ip` or `sysctl` changes with these arguments. Undefined for what nobody here knows how to take back, which
 * is therefore not run on a user's machine.
 */
export function partOf(argv: readonly string[]): MachinePart | undefined {
  const [program, ...args] = argv;
  if (program === 'sysctl') return settingIn(args);
  if (program !== 'ip' || args.includes('-batch') || args.includes('-b')) return undefined;
  const [object = '', action = '', ...rest] = args.filter(arg => !arg.startsWith('-'));
  const changes = ['add', 'replace', 'delete', 'del'].includes(action);
  if (!changes) return undefined;
  if (isShort(object, 'route')) return routeIn(rest);
  if (isShort(object, 'address')) return addressIn(rest);
  return isShort(object, 'rule') ? ruleIn(rest) : undefined;
}

/** As iproute2 understands its objects: by their beginnings, `ip r`, `ip addr`. */
const isShort = (word: string, of: string): boolean =>
  of.startsWith(word) && word.length > (of[0] === 'r' ? 1 : 0);

function routeIn(words: readonly string[]): MachinePart | undefined {
  const [prefix = ''] = words;
  if (!/^(default|\d+\.\d+\.\d+\.\d+(\/\d+)?)$/.test(prefix)) return undefined;
  const table = after(words, 'table') ?? 'main';
  const inTable = ['table', table];
  return {
    name: `route ${prefix} table ${table}`,
    look: machine => linesOf(machine, ['ip', '-o', 'route', 'show', 'exact', prefix, ...inTable]),
    remove: line => ['ip', 'route', 'delete', ...wordsOf(line), ...inTable],
    add: line => ['ip', 'route', 'add', ...wordsOf(line), ...inTable],
  };
}

function addressIn(words: readonly string[]): MachinePart | undefined {
  const [address = ''] = words;
  const device = after(words, 'dev');
  if (device === undefined || !/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(address)) return undefined;
  const typed = [address, 'dev', device];
  return {
    name: `address ${address} dev ${device}`,
    look: async machine => {
      const all = await linesOf(machine, ['ip', '-o', '-4', 'address', 'show', 'dev', device]);
      return all.some(line => wordsOf(line).includes(address)) ? [address] : [];
    },
    remove: () => ['ip', 'address', 'delete', ...typed],
    add: () => ['ip', 'address', 'add', ...typed],
  };
}

function ruleIn(words: readonly string[]): MachinePart | undefined {
  const priority = after(words, 'priority');
  if (priority === undefined || !/^\d+$/.test(priority)) return undefined;
  const rest = (line: string): string[] => ['priority', priority, ...wordsOf(line).slice(1)];
  return {
    name: `rule ${priority}`,
    look: machine => linesOf(machine, ['ip', 'rule', 'show', 'priority', priority]),
    remove: line => ['ip', 'rule', 'delete', ...rest(line)],
    add: line => ['ip', 'rule', 'add', ...rest(line)],
  };
}

function settingIn(args: readonly string[]): MachinePart | undefined {
  const [, key, ...more] = /^([a-z0-9_.]+)=\S+$/.exec(args.find(arg => !arg.startsWith('-')) ?? '') ?? [];
  if (key === undefined || more.length > 0) return undefined;
  return {
    name: `setting ${key}`,
    look: machine => linesOf(machine, ['sysctl', '-n', key]),
    // A setting always has a value: what it was is written over what it is.
    remove: () => ['true'],
    add: line => ['sysctl', '-qw', `${key}=${line}`],
  };
}

/** Nothing where there is nothing to see: a table without a route is no table to iproute2. */
async function linesOf(machine: Executor, argv: readonly string[]): Promise<string[]> {
  const { code, stdout } = await machine.exec(argv);
  return code === 0 ? stdout.split('\n').filter(line => line.trim() !== '') : [];
}

/** Of a line of iproute2's, `\` being its line break with -o. Flags are the kernel's to set. */
const wordsOf = (line: string): string[] =>
  line
    .replaceAll('\\', ' ')
    .trim()
    .split(/\s+/)
    .filter(word => !['linkdown', 'dead', 'offload', 'trap'].includes(word));

function after(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}

/** Makes a part what it was. Returns the commands it took. */
export async function putBack(
  machine: Executor,
  part: MachinePart,
  was: readonly string[],
): Promise<string[][]> {
  const is = await part.look(machine);
  const commands = [
    ...is.filter(line => !was.includes(line)).map(line => [...part.remove(line)]),
    ...was.filter(line => !is.includes(line)).map(line => [...part.add(line)]),
  ];
  for (const argv of commands) await output(machine, argv);
  return commands;
}
