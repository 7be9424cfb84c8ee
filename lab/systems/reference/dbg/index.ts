import { notedNodesFile } from '../../../../helpers/cilium/agent.ts';
import { ciliumNodes } from '../../../../helpers/cilium/resources.ts';
import type { ExecResult } from '../../../../helpers/exec.ts';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import type { SystemContext } from '../../embedded.ts';
import type { AgentSettings, BgpAgent } from '../bgp/agent.ts';
import type { DatapathSettings } from '../datapath/settings.ts';
import type { MeshAgent } from '../mesh/agent.ts';
import * as bgp from './bgp.ts';
import { endpointsOn, endpointsTable, nodeModels, nodesTable } from './cluster.ts';
import { identitiesTable, identityModels, meshLines, meshModel } from './mesh.ts';
import { serviceModels, servicesTable } from './services.ts';
import { configText, type NodeFacts, podsOn, statusModel, statusText } from './status.ts';

export interface DbgContext extends Pick<SystemContext, 'kube' | 'cluster' | 'version' | 'faults'> {
  readonly host: HostNamespace;
  readonly agent: BgpAgent;
  /** Undefined where the topology has no mesh. */
  readonly mesh: MeshAgent | undefined;
  readonly datapath: DatapathSettings;
  readonly settings: AgentSettings;
}

/** What a command is asked for: the words, and how to print. */
interface Request {
  readonly words: readonly string[];
  readonly json: boolean;
  readonly flags: ReadonlySet<string>;
}

type Command = (context: DbgContext, request: Request) => Promise<string> | string;

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** By their words; the longest that fits is taken, and the words after it are arguments. */
const commands: Readonly<Record<string, Command>> = {
  'bgp peers': async ({ agent }, { json }) => {
    const models = await bgp.peers(agent);
    return json ? asJson(models) : bgp.peersTable(models);
  },
  'bgp routes': async ({ agent }, { words, json }) => {
    const [which = 'available', afi = 'ipv4', safi = 'unicast'] = words;
    if ((which !== 'available' && which !== 'advertised') || afi !== 'ipv4' || safi !== 'unicast') {
      throw new UsageError(
        `invalid argument "${words.join(' ')}": the reference system knows [available | advertised] ipv4 unicast`,
      );
    }
    const routes = await bgp.routes(agent, which);
    if (json) return asJson(bgp.routeModels(routes));
    const note =
      words.length === 0
        ? '(Defaulting to `available ipv4 unicast` routes, please see help for more options)\n\n'
        : '';
    return note + bgp.routesTable(routes, which);
  },
  'bgp route-policies': ({ agent, version }, { json }) => {
    const policies = bgp.policies(agent);
    return json ? asJson(bgp.policyModels(policies, version)) : bgp.policiesTable(policies, version);
  },
  status: async (context, { json, flags }) => {
    const facts = await factsOf(context);
    const { mesh } = context;
    if (json)
      return asJson({
        ...statusModel(facts),
        ...(mesh === undefined ? {} : { 'cluster-mesh': meshModel(mesh) }),
      });
    return statusText(facts, flags.has('--verbose')) + (mesh === undefined ? '' : meshLines(mesh, flags));
  },
  'node list': ({ kube, host, cluster, mesh, faults }, { json }) => {
    const source = faults.has('mesh-source-wrong') ? 'custom-resource' : 'clustermesh';
    const models = nodeModels(kube, cluster, host.name, { nodes: mesh?.nodes ?? [], source });
    return json ? asJson(models) : nodesTable(models);
  },
  'identity list': ({ kube, mesh }, { json }) => {
    const models = identityModels(kube, mesh?.identities ?? []);
    return json ? asJson(models) : identitiesTable(models);
  },
  'service list': ({ kube, host, faults, mesh }, { json }) => {
    const models = serviceModels(kube, host.name, faults, mesh);
    return json ? asJson(models) : servicesTable(models);
  },
  'endpoint list': ({ kube, host }, { json }) => {
    const endpoints = endpointsOn(kube, internalIpOf(kube, host.name));
    return json
      ? asJson(endpoints.map(({ status }) => ({ id: status?.id, status })))
      : endpointsTable(endpoints);
  },
  config: async (context, { flags }) => {
    const { secretsNamespace, statusReport } = context.settings;
    return configText(await factsOf(context), secretsNamespace, statusReport, flags.has('--all'));
  },
  version: ({ version }) =>
    `Client: ${version} reference (not Cilium)\nDaemon: ${version} reference (not Cilium)\n`,
};

class UsageError extends Error {}

/**
 * Runs a command in the agent's container: `cilium-dbg` answers for the agent, anything else runs on the node, as
 * the agent's container shares its network. Errors come back as the command's own, exit code and message.
 */
export async function runInAgent(context: DbgContext, argv: readonly string[]): Promise<ExecResult> {
  const [program = '', ...args] = argv;
  if (program === 'cat' && args.join() === notedNodesFile) return noted(context);
  if (program !== 'cilium-dbg' && program !== 'cilium') return context.host.exec(argv);
  const { words, ...options } = parse(args);
  const name = Object.keys(commands)
    .filter(candidate => `${words.join(' ')} `.startsWith(`${candidate} `))
    .sort((one, other) => other.length - one.length)[0];
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || command === undefined) return failure(unknown(program, words));
  try {
    const rest = words.slice(name.split(' ').length);
    return { code: 0, stdout: await command(context, { words: rest, ...options }), stderr: '' };
  } catch (error) {
    return failure(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function parse(args: readonly string[]): Request {
  const words: string[] = [];
  const flags = new Set<string>();
  let output = '';
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '-o' || argument === '--output') output = args[++index] ?? '';
    else if (/^(-o|--output)=?/.test(argument)) output = argument.replace(/^(-o|--output)=?/, '');
    else if (argument.startsWith('-')) flags.add(argument);
    else words.push(argument);
  }
  return { words, flags, json: output === 'json' };
}

const failure = (stderr: string): ExecResult => ({ code: 1, stdout: '', stderr });

/** As the library of Cilium's commands says it. */
function unknown(program: string, words: readonly string[]): string {
  const depth = Object.keys(commands).some(name => name.startsWith(`${words[0]} `)) ? 1 : 0;
  const parent = [program, ...words.slice(0, depth)].join(' ');
  return `Error: unknown command "${words[depth] ?? ''}" for "${parent}"\nRun '${parent} --help' for usage.\n`;
}

function internalIpOf(kube: DbgContext['kube'], node: string): string | undefined {
  return kube.get(ciliumNodes, node)?.spec.addresses?.find(({ type }) => type === 'InternalIP')?.ip;
}

/** The reference system keeps no such file: its datapath remembers by itself. */
function noted({ kube, host }: DbgContext): ExecResult {
  const others = kube.list(ciliumNodes).filter(({ metadata }) => metadata.name !== host.name);
  const stdout = JSON.stringify(others.map(({ metadata }) => ({ Name: metadata.name })));
  return { code: 0, stdout, stderr: '' };
}

async function factsOf(context: DbgContext): Promise<NodeFacts> {
  const { kube, host, cluster, version, datapath } = context;
  const { stdout } = await host.exec(['ip', '-j', '-4', 'address', 'show', 'up']);
  const links = JSON.parse(stdout || '[]') as { ifname: string; addr_info?: { local: string }[] }[];
  const spec = kube.get(ciliumNodes, host.name)?.spec;
  return {
    node: host.name,
    cluster,
    version,
    datapath,
    podCidr: spec?.ipam?.podCIDRs?.[0] ?? '',
    internalIp: internalIpOf(kube, host.name) ?? '',
    routerIp: spec?.addresses?.find(({ type }) => type === 'CiliumInternalIP')?.ip ?? '',
    devices: links
      .filter(({ ifname }) => /^eth\d+$/.test(ifname))
      .map(({ ifname, addr_info }) => ({ name: ifname, address: addr_info?.[0]?.local ?? '' }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    pods: podsOn(kube, host.name),
  };
}
