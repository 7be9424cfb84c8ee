import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { provisionBaseline } from './baseline.ts';
import { diagnose, formatFindings } from './doctor.ts';
import { systemLabel } from './lab.ts';
import { kubeconfigPath, openLab } from './providers/netns/lab.ts';
import { sshPaths } from './providers/netns/machines.ts';
import { startLab, stopLab } from './providers/netns/start.ts';
import { collectGarbage, isAlive, labNames, readState, stateDirectory } from './state.ts';
import { drawStatus } from './status.ts';
import { topologyNamed } from './topologies/index.ts';

const usage = `usage: npm run lab -- <command>

  up [NAME] [--topology bgp] [--version 1.18.0] [--fault NAME]…  start a lab and keep it
  down [NAME]                                                    end it and all that is in it
  status [NAME]                                                  topology, sessions, routes
  shell HOST [--name NAME]                                       a shell on one of its hosts
  doctor                                                         what this machine can run
  plan [CLAIM]…                                                  LAB=existing's dry run: what would be created and run
  restore                                                        LAB=existing: take back what a killed run did
  rbac [NAMESPACE]                                               the least rights for LAB=existing, and how to give them
  gc                                                             remove what a crash left

NAME is "default" unless given.`;

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
    case 'plan':
      return console.log(await plan(positionals.slice(1)));
    case 'rbac':
      return console.log(await rbac(operand));
    case 'restore':
      return (await import('./providers/existing/provider.ts')).restore(line => console.log(line));
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
    ciliumRoot: process.env.CILIUM_ROOT,
    lifeline: 'none',
    onProgress: line => console.log(line),
  });
  const lab = await openLab(name);
  await provisionBaseline(lab);
  await lab.close();
  const directory = stateDirectory(name);
  const [cluster] = topologyNamed(topology).clusters;
  const router = lab.topology.router?.host;
  const ssh = `ssh -F ${sshPaths(directory, '').clientConfig}`;
  console.log(
    [
      `lab ${name} is up after ${state.readyMs} ms; system under test: ${systemLabel(state.system)}`,
      ...(faults.length > 0 ? [`faults: ${faults.join(', ')}`] : []),
      '',
      `  export KUBECONFIG=${kubeconfigPath(directory, cluster?.name ?? '')}`,
      '  kubectl get pods -o wide',
      '  kubectl exec -n kube-system ds/cilium -- cilium-dbg bgp peers',
      ...(router === undefined ? [] : [`  ${ssh} ${router} vtysh -c "'show ip bgp summary'"`]),
      `  npm run lab -- shell ${lab.topology.hosts[0]?.name}    # or: ${ssh} <host>`,
      '',
      `BGP sessions come up within ten seconds. End it with: npm run lab -- down ${name}`,
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

/** Loaded when asked for: most commands need neither catalogue nor recordings. */
async function plan(claims: string[]): Promise<string> {
  return (await import('./providers/existing/print.ts')).printPlan(claims);
}

async function rbac(namespace: string | undefined): Promise<string> {
  return (await import('./providers/existing/print.ts')).printRights(namespace);
}

function gc(): void {
  const removed = collectGarbage();
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
