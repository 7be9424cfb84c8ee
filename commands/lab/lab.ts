import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { provisionBaseline } from '../../lab/baseline.ts';
import { systemLabel } from '../../lab/contract/lab.ts';
import { collectGarbage, isAlive, labNames, readState, stateDirectory } from '../../lab/lifecycle/state.ts';
import { removeLostCgroups } from '../../lab/namespaces/cgroups.ts';
import { diagnose, formatFindings } from '../../lab/providers/doctor.ts';
import { chosenProvider } from '../../lab/providers/index.ts';
import { isMadeProvider } from '../../lab/providers/made.ts';
import { kubeconfigPath, openLab } from '../../lab/providers/netns/lab.ts';
import { sshPaths } from '../../lab/providers/netns/machines.ts';
import { startLab, stopLab } from '../../lab/providers/netns/start.ts';
import { chosenCilium, imageCache } from '../../lab/systems/cilium/choice.ts';
import { fetchCilium } from '../../lab/systems/cilium/images/fetch.ts';
import { topologyNamed } from '../../lab/topologies/index.ts';
import { madeLabCommand } from './made.ts';
import { drawStatus } from './status.ts';

const usage = `usage: npm run lab -- <command>

  up [NAME] [--topology bgp|mesh] [--version 1.18.0] [--fault NAME]…  start a lab and keep it
  down [NAME]                                                    end it and all that is in it
  status [NAME]                                                  topology, sessions, routes
  shell HOST [--name NAME]                                       a shell on one of its hosts
  fetch-cilium VERSION…                                          gets official images of Cilium into the cache
  doctor                                                         what this machine can run
  plan [CLAIM]…                                                  LAB=existing's dry run: what would be created and run
  restore                                                        LAB=existing: take back what a killed run did
  rbac [NAMESPACE]                                               the least rights for LAB=existing, and how to give them
  gc                                                             remove what a crash left

NAME is "default" unless given. LAB=kind or LAB=vagrant: up, down, status and gc of labs with real Cilium, of which there
is one a topology (bgp, mesh), named after it.`;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      topology: { type: 'string', default: 'bgp' },
      version: { type: 'string', default: '1.18.0' },
      fault: { type: 'string', multiple: true, default: [] },
      name: { type: 'string', default: 'default' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, operand] = positionals;
  const provider = chosenProvider();
  if (isMadeProvider(provider) && command !== 'doctor' && command !== undefined && !values.help)
    return madeLabCommand(provider, command, operand ?? values.topology);
  const name = operand ?? values.name;
  switch (values.help ? 'help' : command) {
    case 'up':
      return up(name, values.topology, values.version, values.fault);
    case 'down':
      return down(name);
    case 'status':
      return status(operand);
    case 'shell':
      return shell(values.name, operand);
    case 'doctor':
      return console.log(formatFindings(await diagnose()));
    case 'fetch-cilium':
      return fetchVersions(positionals.slice(1));
    case 'plan':
      return console.log(await plan(positionals.slice(1)));
    case 'rbac':
      return console.log(await rbac(operand));
    case 'restore':
      return (await import('../../lab/providers/existing/provider.ts')).restore(line => console.log(line));
    case 'gc':
      return gc();
    case 'help':
    case undefined:
      return console.log(usage);
    default:
      throw new Error(`there is no command "${command}"\n\n${usage}`);
  }
}

async function up(name: string, topology: string, version: string, faults: string[]): Promise<void> {
  const state = await startLab({
    name,
    topology,
    version,
    faults,
    ciliumRoot: await chosenCilium(line => console.log(line)),
    lifeline: 'none',
    onProgress: line => console.log(line),
  });
  const lab = await openLab(name);
  await provisionBaseline(lab);
  await lab.close();
  const directory = stateDirectory(name);
  const { clusters, mesh } = topologyNamed(topology);
  const router = lab.topology.router?.host;
  const inAgent = 'kubectl exec -n kube-system ds/cilium -- cilium-dbg';
  const ssh = `ssh -F ${sshPaths(directory, '').clientConfig}`;
  console.log(
    [
      `lab ${name} is up after ${state.readyMs} ms; system under test: ${systemLabel(state.system)}`,
      ...(faults.length > 0 ? [`faults: ${faults.join(', ')}`] : []),
      '',
      ...clusters.map(
        ({ name: cluster }, index) =>
          `  export KUBECONFIG=${kubeconfigPath(directory, cluster)}${index === 0 ? '' : `    # or ${cluster}'s`}`,
      ),
      '  kubectl get pods -o wide',
      `  ${inAgent} ${mesh === undefined ? 'bgp peers' : 'status --all-clusters'}`,
      ...(router === undefined ? [] : [`  ${ssh} ${router} vtysh -c "'show ip bgp summary'"`]),
      `  npm run lab -- shell ${lab.topology.hosts[0]?.name}    # or: ${ssh} <host>`,
      '',
      `${router === undefined ? '' : 'BGP sessions come up within ten seconds. '}End it with: npm run lab -- down ${name}`,
    ].join('\n'),
  );
}

async function down(name: string): Promise<void> {
  if (!labNames().includes(name)) throw new Error(`there is no lab named ${name}${known()}`);
  await stopLab(name);
  console.log(`lab ${name} is down`);
}

async function status(name: string | undefined): Promise<void> {
  const names = name === undefined ? labNames() : [name];
  if (names.length === 0) return console.log('no lab is running; start one with: npm run lab -- up');
  for (const each of names) {
    const state = readState(each);
    if (state === undefined) console.log(`lab ${each}: starting, or it never did (see npm run lab -- gc)`);
    else if (!isAlive(state)) console.log(`lab ${each}: has died (npm run lab -- gc removes what is left)`);
    else {
      const lab = await openLab(each);
      console.log(await drawStatus(each, lab));
      await lab.close();
    }
  }
}

function shell(name: string, host: string | undefined): Promise<void> {
  const state = readState(name);
  if (state === undefined) throw new Error(`there is no lab named ${name}${known()}`);
  const hosts = topologyNamed(state.topology).hosts.map(each => each.name);
  if (host === undefined || !hosts.includes(host)) {
    throw new Error(`which host? lab ${name} has ${hosts.join(', ')}`);
  }
  const config = sshPaths(stateDirectory(name), host).clientConfig;
  const child = spawn('ssh', ['-t', '-F', config, host, 'exec bash'], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
  });
}

async function fetchVersions(versions: readonly string[]): Promise<void> {
  if (versions.length === 0)
    throw new Error('which versions? e.g. npm run lab -- fetch-cilium 1.18.0 1.19.4');
  for (const version of versions) {
    const directory = await fetchCilium(version, {
      cache: imageCache(),
      onProgress: line => console.log(line),
    });
    console.log(`cilium ${version} is in ${directory}; run the claims on it with CILIUM_VERSION=${version}`);
  }
}

/** Loaded when asked for: most commands need neither catalogue nor recordings. */
async function plan(claims: string[]): Promise<string> {
  return (await import('./print.ts')).printPlan(claims);
}

async function rbac(namespace: string | undefined): Promise<string> {
  return (await import('./print.ts')).printRights(namespace);
}

function gc(): void {
  const removed = [...collectGarbage(), ...(process.getuid?.() === 0 ? removeLostCgroups() : [])];
  console.log(removed.length === 0 ? 'nothing to remove' : `removed: ${removed.join(', ')}`);
}

function known(): string {
  const names = labNames();
  return names.length === 0
    ? '; none is running'
    : `; there is ${names.map(n => path.basename(n)).join(', ')}`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
