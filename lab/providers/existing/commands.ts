import { datagramsScript } from '../../../helpers/probe/datagrams.ts';
import { probeScript } from '../../../helpers/probe/probe.ts';
import type { Host } from '../../contract/lab.ts';
import { steeringTable } from '../../topologies/manifests.ts';
import { type Arguments, whyNotAllowed } from './arguments.ts';
import { partOf } from './machine-parts.ts';
import type { Permission } from './schema.ts';

/** What a command does to the machine it runs on. */
export type Judgement =
  /** It reads, listens, or sends packets. */
  { readonly leaves: 'as it was' } | { readonly needs: Permission } | { readonly refused: string };

const looks: Judgement = { leaves: 'as it was' };

const number = /^\d+(\.\d+)?$/;
const name = /^\w[\w.@-]*$/;
const address = /^\d+(\.\d+){3}$/;

/** Programs that change nothing, with the arguments the suite gives them. */
const reading: Readonly<Record<string, Arguments>> = {
  cat: { operands: [/^(\/etc\/frr|\/proc\/net|\/var\/log\/frr)\/\w[\w.-]*$/] },
  curl: {
    options: { '-sS': true, '--noproxy': /^\*$/, '--connect-timeout': number, '--max-time': number },
    operands: [/^http:\/\/\d+(\.\d+){3}(:\d+)?(\/[\w./?=&-]*)?$/],
  },
  date: { operands: [/^\+[%\w.:-]+$/] },
  ping: {
    options: {
      ...{ '-n': true, '-c': number, '-W': number, '-i': number, '-s': number },
      ...{ '-I': name, '-M': name, '-p': /^[\da-f]+$/ },
    },
    operands: [address],
  },
  ss: {
    options: { '-H': true, '-t': true, '-n': true, '-p': true, '-tn': true },
    operands: [/^state$/, /^[a-z-]+$/],
  },
  tail: { options: { '-n': number }, operands: [/^\/var\/log\/frr\/\w[\w.-]*$/] },
  tcpdump: {
    options: {
      ...{ '-n': true, '-U': true, '--immediate-mode': true },
      ...{ '-i': name, '-s': number, '-B': number, '-w': /^-$/ },
    },
    operands: [/^[^-]/],
  },
  true: {},
  uname: { options: { '-r': true } },
};

/**
 * Judges a command before it runs on a user's machine, by an allowlist of programs and their arguments. To let the suite
 * run something new, add a rule here that says what it does.
 * @param others neighbours the router had before, nodes left out: they must not be touched
 */
export function judge(argv: readonly string[], role: Host['role'], others: readonly string[]): Judgement {
  const [program = '', ...args] = argv;
  if (Object.hasOwn(reading, program)) return onlyLooks(args, reading[program]);
  switch (program) {
    case 'ip':
      return judgeIp(args, role);
    case 'vtysh':
      return role === 'router' ? judgeVtysh(args, others) : refused('only the router runs FRR');
    case 'sysctl':
      return judgeSysctl(args, role);
    case 'tee':
      return role === 'router' && /^(-a )?\/etc\/frr\/frr\.conf$/.test(args.join(' '))
        ? { needs: 'router-neighbors' }
        : refused('the suite writes no files on this machine');
    case 'python3':
      return isProbe(args) ? looks : refused('the script is not the probe');
    case 'sh':
      return judgeShell(args);
    default:
      return refused('unknown command: not on the allowlist');
  }
}

const refused = (why: string): Judgement => ({
  refused: `${why}; to allow a command on existing machines, add a rule to lab/providers/existing/commands.ts`,
});

function onlyLooks(args: readonly string[], allowed: Arguments = {}): Judgement {
  const why = whyNotAllowed(args, allowed);
  return why === undefined ? looks : refused(why);
}

const cannotUndo = 'the suite cannot undo it';

function judgeSysctl(args: readonly string[], role: Host['role']): Judgement {
  const [option, setting = '', ...rest] = args;
  if (option !== '-w' && option !== '-qw')
    return onlyLooks(args, { options: { '-n': true }, operands: [/^\w[\w./-]*$/] });
  if (role === 'node') return refused('kernel settings of nodes must stay as they are');
  return rest.length === 0 && /^[a-z\d_.]+=[\w.-]+$/.test(setting)
    ? { needs: 'router-settings' }
    : refused(cannotUndo);
}

const ipOptions = new Set(['-j', '-o', '-4', '-s', '-d', '-ts', '-br']);
const ipObjects = ['address', 'link', 'neigh', 'route', 'rule'];

function judgeIp(args: readonly string[], role: Host['role']): Judgement {
  // Options stand before the object: behind it, iproute2 takes them for words.
  const start = args.findIndex(arg => !arg.startsWith('-'));
  const options = start < 0 ? args : args.slice(0, start);
  const [object = '', action = 'show', ...rest] = args.slice(options.length);
  const strange =
    options.find(option => !ipOptions.has(option)) ?? rest.find(word => !/^[\w.][\w.:/@-]*$/.test(word));
  if (strange !== undefined) return refused(`ip: unknown argument ${strange}: not on the allowlist`);
  if (object === 'monitor') return /^[a-z]+$/.test(action) && rest.length === 0 ? looks : refused(cannotUndo);
  if (ipObjects.includes(object) && ['show', 'get'].includes(action)) return looks;
  const change = [object, action, ...rest].join(' ');
  if (options.length > 0 || !ipChanges.some(known => known.test(change))) return refused(cannotUndo);
  if (role === 'router') return { needs: 'router-settings' };
  return /^(route|address) /.test(change) && partOf(['ip', object, action, ...rest]) !== undefined
    ? { needs: 'node-network' }
    : refused(`ip ${object} ${action} must not run on a node`);
}

/** All but the first two are parts of a machine that can be put back: see `partOf`. */
const ipChanges = [
  // The kernel forgets who has an address, and asks again for the next packet.
  /^neigh del \S+ dev \S+$/,
  // The table in which claims steer packets, and nothing else does.
  new RegExp(`^route flush table ${steeringTable}$`),
  /^route (add|replace|del|delete) (default|\d+(\.\d+){3}(\/\d+)?)( via \S+)?( dev \S+)?( table \S+)?$/,
  /^address (add|replace|del|delete) \d+(\.\d+){3}\/\d+ dev \S+$/,
  /^rule (add|del|delete) priority \d+( lookup \S+)?$/,
];

/** The probes send from where they run. Serving is for pods. */
function isProbe([flag, script, plan = '{}', ...rest]: readonly string[]): boolean {
  if (flag !== '-c' || rest.length > 0) return false;
  if (script === probeScript) return true;
  return script === datagramsScript && modeOf(plan) === 'send';
}

function modeOf(plan: string): unknown {
  try {
    return (JSON.parse(plan) as { mode?: unknown }).mode;
  } catch {
    return undefined;
  }
}

/** The one script: it prints its process id and becomes `ip monitor`. */
function judgeShell([flag, script = '', ...rest]: readonly string[]): Judgement {
  const command = /^echo \$\$; TZ=UTC exec ip ([-\w ]+)$/.exec(script)?.[1];
  if (flag === '-c' && command !== undefined && rest.length === 0) {
    if (judgeIp(command.split(' '), 'node') === looks) return looks;
  }
  return refused('a script can do anything');
}

function judgeVtysh(args: readonly string[], others: readonly string[]): Judgement {
  const lines = args.filter((_, index) => index % 2 === 1);
  const isCommands = args.every((arg, index) => index % 2 === 1 || arg === '-c');
  if (!isCommands || lines.length === 0 || args.length % 2 === 1)
    return refused('vtysh: arguments other than -c LINE are not on the allowlist');
  // One line: vtysh would run what follows a line break as another command.
  if (lines.every(line => /^show [\w ./:-]+$/.test(line))) return looks;
  const strange = lines
    .map(line => neighborOf(line))
    .find(neighbor => neighbor !== undefined && (neighbor === '*' || others.includes(neighbor)));
  if (strange !== undefined)
    return refused(`neighbour ${strange} of the router does not belong to the suite`);
  return lines.every(line => aboutNeighbors.test(line)) ? { needs: 'router-neighbors' } : refused(cannotUndo);
}

const aboutNeighbors =
  /^(configure terminal|end|exit|write memory|router bgp \d+|(no )?neighbor (CILIUM|\d+(\.\d+){3})( .*)?|clear bgp \d+(\.\d+){3}( .*)?)$/;

/** The address of the neighbour a line is about; `*` for `clear bgp *`. */
function neighborOf(line: string): string | undefined {
  const [, named] = /^(?:no )?neighbor (\S+)/.exec(line) ?? /^clear (?:ip )?bgp (\S+)/.exec(line) ?? [];
  return named === undefined || named === 'CILIUM' ? undefined : named;
}
