import { datagramsScript } from '../../../helpers/probe/datagrams.ts';
import { probeScript } from '../../../helpers/probe/probe.ts';
import type { Host } from '../../contract/lab.ts';
import { steeringTable } from '../../topologies/manifests.ts';
import { partOf } from './machine-parts.ts';
import type { Permission } from './schema.ts';

/** What a command does to the machine it runs on. */
export type Judgement =
  /** It looks, listens, or sends packets. */
  { readonly leaves: 'as it was' } | { readonly needs: Permission } | { readonly refused: string };

const looks: Judgement = { leaves: 'as it was' };

/** Programs that change nothing whatever their arguments are. */
const looking = new Set([
  ...['arping', 'cat', 'curl', 'date', 'grep', 'head', 'hostname', 'ls', 'pgrep', 'ping', 'ps', 'ss', 'tail'],
  ...['tcpdump', 'test', 'true', 'tshark', 'uname'],
]);

/**
 * Judges a command before it runs on somebody's machine. What is not known is refused: whoever makes the suite run
 * something new says here what that does.
 * @param others neighbours the router had before, nodes left out: they are not ours to touch
 */
export function judge(argv: readonly string[], role: Host['role'], others: readonly string[]): Judgement {
  const [program = '', ...args] = withoutEnvironment(argv);
  if (looking.has(program)) return looks;
  switch (program) {
    case 'ip':
      return judgeIp(args, role);
    case 'vtysh':
      return role === 'router' ? judgeVtysh(args, others) : refused('FRR is the router’s');
    case 'sysctl':
      if (args.includes('-n')) return looks;
      if (role === 'node') return refused('kernel settings of nodes are left alone');
      return partOf(argv) === undefined ? refused(noWayBack) : { needs: 'router-settings' };
    case 'conntrack':
    case 'nft':
      return args.some(arg => ['-L', '--dump', 'list'].includes(arg))
        ? looks
        : refused('it may change the packet filter');
    case 'tee':
      return role === 'router' && args.at(-1)?.startsWith('/etc/frr/') === true
        ? { needs: 'router-neighbors' }
        : refused('files of the machine are left alone');
    case 'python3':
      return isProbe(args) ? looks : refused('it is not the probe');
    case 'sh':
      // Following routes: a shell says its process id and becomes `ip monitor`.
      return /^echo \$\$; TZ=UTC exec ip [-\w ]*monitor[-\w ]*$/.test(args[1] ?? '')
        ? looks
        : refused('a script can do anything');
    default:
      return refused('nobody has said what it does to a machine');
  }
}

const refused = (why: string): Judgement => ({
  refused: `${why}; on an existing machine only known commands are run (lab/providers/existing/commands.ts)`,
});

function withoutEnvironment(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'env') return argv;
  const first = argv.findIndex((word, index) => index > 0 && !word.includes('='));
  return first < 0 ? [] : argv.slice(first);
}

function judgeIp(args: readonly string[], role: Host['role']): Judgement {
  const words = args.filter(arg => !arg.startsWith('-'));
  const [object = '', action = 'show'] = words;
  if (args.includes('-batch') || args.includes('-b')) return refused('a batch can do anything');
  if (object === 'monitor' || ['show', 'list', 'get', 'monitor'].includes(action)) return looks;
  // Who has an address is forgotten, and asked anew with the next packet.
  if (role === 'router' && object === 'neigh' && action === 'del') return { needs: 'router-settings' };
  if (role === 'router' && isFlushOfOwnTable(words)) return { needs: 'router-settings' };
  if (partOf(['ip', ...args]) === undefined) return refused(noWayBack);
  if (role === 'router') return { needs: 'router-settings' };
  return /^(r|route|a|addr|address)$/.test(object)
    ? { needs: 'node-network' }
    : refused(`ip ${object} ${action} is for the node’s owner`);
}

const noWayBack = 'there is no way here to take it back';

/** They send from where they run; to serve is for pods. */
const isProbe = ([flag, script, plan = '']: readonly string[]): boolean =>
  flag === '-c' &&
  (script === probeScript || (script === datagramsScript && plan.startsWith('{"mode":"send",')));

/** `ip route flush table 1789`: the table in which claims steer, and nobody else does. */
const isFlushOfOwnTable = ([object, action, ...rest]: readonly string[]): boolean =>
  object === 'route' &&
  action === 'flush' &&
  rest.length === 2 &&
  rest.join(' ') === `table ${steeringTable}`;

function judgeVtysh(args: readonly string[], others: readonly string[]): Judgement {
  const lines = args.flatMap((arg, index) => (arg === '-c' ? [args[index + 1] ?? ''] : []));
  if (lines.length > 0 && lines.every(line => line.startsWith('show '))) return looks;
  const strange = lines
    .map(line => neighborOf(line))
    .find(address => address !== undefined && (address === '*' || others.includes(address)));
  if (strange !== undefined) return refused(`neighbour ${strange} of the router is none of ours`);
  const aboutNeighbors =
    /^(configure terminal|end|exit|write memory|router bgp \d+|(no )?neighbor (CILIUM|\d+(\.\d+){3}) .*|no neighbor .*|clear bgp \d+(\.\d+){3}( .*)?)$/;
  return lines.every(line => aboutNeighbors.test(line)) ? { needs: 'router-neighbors' } : refused(noWayBack);
}

/** The address of the neighbour a line is about; all of them for `clear bgp *`. */
function neighborOf(line: string): string | undefined {
  const [, named] = /^(?:no )?neighbor (\S+)/.exec(line) ?? /^clear (?:ip )?bgp (\S+)/.exec(line) ?? [];
  return named === undefined || named === 'CILIUM' ? undefined : named;
}
