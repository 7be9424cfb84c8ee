import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { SshLogin } from '../ssh-host.ts';
import { inventorySchema, type Permission } from './schema.ts';

/** Which cluster, which machines, and what may be done to them. Paths are absolute. */
export interface Inventory {
  readonly file: string;
  readonly topology: 'bgp' | 'mesh';
  /** Where objects of ours go; made for the run, and removed after it. */
  readonly namespace: string;
  readonly clusters: readonly InventoryCluster[];
  /** Prefixes by name. */
  readonly networks: Readonly<Record<string, string>>;
  readonly hosts: Readonly<Record<string, SshLogin>>;
  readonly router?: { readonly host: string; readonly loopbacks: readonly string[] };
  readonly allow: ReadonlySet<Permission>;
  /** Claims that disrupt and are asked for by name. */
  readonly disruptive: readonly string[];
}

export interface InventoryCluster {
  readonly name: string;
  readonly id: number;
  readonly kubeconfig: string;
  readonly context?: string;
  readonly controlPlane: string;
  readonly nodes: readonly string[];
  readonly asn?: number;
  /** Asked of the cluster when left out. */
  readonly podCidr?: string;
  readonly podCidrMaskSize?: number;
  readonly serviceCidr: string;
  readonly release: { readonly name: string; readonly chart?: string; readonly repository?: string };
}

interface Login {
  readonly user?: string;
  readonly identityFile?: string;
  readonly knownHosts?: string;
  readonly hostKey?: string;
  readonly port?: number;
}

interface Written {
  readonly topology: Inventory['topology'];
  readonly namespace?: string;
  readonly clusters: readonly (Omit<InventoryCluster, 'id' | 'release'> &
    Partial<Pick<InventoryCluster, 'id'>> & { readonly release?: Partial<InventoryCluster['release']> })[];
  readonly networks: Inventory['networks'];
  readonly ssh?: Login;
  readonly hosts: Readonly<Record<string, Login & { readonly address: string }>>;
  readonly router?: { readonly host: string; readonly loopbacks?: readonly string[] };
  readonly allow?: readonly Permission[];
  readonly disruptive?: readonly string[];
}

type Path = readonly (string | number)[];

/** Something wrong in an inventory: each problem as `file:line: field: what`. */
export class InventoryError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InventoryError';
  }
}

/** The inventory LAB_INVENTORY names. @throws InventoryError */
export function chosenInventory(env: NodeJS.ProcessEnv = process.env): Inventory {
  const { LAB_INVENTORY: file, LAB_DISRUPTIVE: named = '' } = env;
  if (file === undefined || file === '') {
    throw new InventoryError([
      'LAB=existing needs an inventory: LAB_INVENTORY=<file>. Begin with a copy of lab/providers/existing/lab.example.yaml',
    ]);
  }
  const inventory = readInventory(path.resolve(file));
  const asked = named.split(',').filter(id => id !== '');
  return { ...inventory, disruptive: [...new Set([...inventory.disruptive, ...asked])] };
}

/** @throws InventoryError with every problem there is */
export function readInventory(file: string): Inventory {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InventoryError([
      `${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
  return parseInventory(source, file);
}

/** @param file where it is, for messages and relative paths */
export function parseInventory(source: string, file: string): Inventory {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new InventoryError(
      document.errors.map(
        ({ pos, message }) => `${file}:${lines.linePos(pos[0]).line}: ${message.split('\n')[0]}`,
      ),
    );
  }
  const at = (where: Path, what: string): string =>
    `${file}:${lineOf(document, lines, where)}: ${where.length === 0 ? '' : `${fieldName(where)}: `}${what}`;
  const value: unknown = document.toJS();
  const ajv = new Ajv({ allErrors: true });
  ajv.addFormat('ipv4', isIPv4);
  ajv.addFormat('ipv4-prefix', isPrefix);
  if (!ajv.validate(inventorySchema, value)) {
    throw new InventoryError((ajv.errors ?? []).map(error => at(...problemOf(error))));
  }
  const written = value as Written;
  const problems = contradictions(written).map(([where, what]) => at(where, what));
  if (problems.length > 0) throw new InventoryError(problems);
  return resolve(written, file);
}

/** What a schema cannot say: names that name nothing, hosts nobody can log in to. */
function contradictions(inventory: Written): [Path, string][] {
  const hosts = Object.keys(inventory.hosts);
  const unknown = `there is no such host; there is ${hosts.join(', ')}`;
  const problems: [Path, string][] = [];
  for (const [index, { nodes, controlPlane, asn }] of inventory.clusters.entries()) {
    for (const [position, node] of nodes.entries()) {
      if (!hosts.includes(node)) problems.push([['clusters', index, 'nodes', position], unknown]);
    }
    if (!nodes.includes(controlPlane)) {
      problems.push([['clusters', index, 'controlPlane'], `it is none of the nodes ${nodes.join(', ')}`]);
    }
    if (inventory.router !== undefined && asn === undefined) {
      problems.push([['clusters', index], 'asn is missing: with a router its nodes speak BGP']);
    }
  }
  if (inventory.router !== undefined && !hosts.includes(inventory.router.host)) {
    problems.push([['router', 'host'], unknown]);
  }
  for (const [name, host] of Object.entries(inventory.hosts)) {
    const login = { ...inventory.ssh, ...host };
    if (login.identityFile === undefined) {
      problems.push([['hosts', name], 'identityFile is missing, here and under ssh']);
    }
    if (login.knownHosts === undefined && login.hostKey === undefined) {
      problems.push([
        ['hosts', name],
        'knownHosts or hostKey is missing, here and under ssh: no host is trusted blindly',
      ]);
    }
  }
  return problems;
}

function resolve(written: Written, file: string): Inventory {
  const absolute = (name: string): string =>
    name.startsWith('~/') ? path.join(os.homedir(), name.slice(2)) : path.resolve(path.dirname(file), name);
  const {
    ssh,
    hosts,
    router,
    clusters,
    allow = [],
    disruptive = [],
    namespace = 'cilium-conformance',
  } = written;
  return {
    file,
    topology: written.topology,
    namespace,
    networks: written.networks,
    allow: new Set(allow),
    disruptive,
    clusters: clusters.map(({ kubeconfig, release, ...cluster }, index) => ({
      ...cluster,
      id: cluster.id ?? index,
      kubeconfig: absolute(kubeconfig),
      release: { name: 'cilium', ...release },
    })),
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, host]) => {
        const {
          address,
          user = 'root',
          identityFile = '',
          knownHosts = '',
          hostKey,
          port,
        } = { ...ssh, ...host };
        // A key of a host's own outdoes the file all share.
        const key = host.hostKey ?? (host.knownHosts === undefined ? hostKey : undefined);
        const login: SshLogin = {
          address,
          ...(port === undefined ? {} : { port }),
          user,
          identityFile: absolute(identityFile),
          knownHosts: key === undefined ? { file: absolute(knownHosts) } : { key },
        };
        return [name, login];
      }),
    ),
    ...(router === undefined ? {} : { router: { loopbacks: [], ...router } }),
  };
}

function problemOf({ instancePath, keyword, params, message }: ErrorObject): [Path, string] {
  const where = instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part));
  const of = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'additionalProperties':
      return [[...where, String(of.additionalProperty)], 'there is no such field'];
    case 'required':
      return [where, `${String(of.missingProperty)} is missing`];
    case 'enum':
      return [where, `it is one of ${(of.allowedValues as unknown[]).join(', ')}`];
    case 'format':
      return [where, of.format === 'ipv4' ? 'not an IPv4 address' : 'not an IPv4 prefix, as 192.168.10.0/24'];
    default:
      return [where, message ?? keyword];
  }
}

/** The line of a field, or of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, where: Path): number {
  for (let depth = where.length; depth > 0; depth--) {
    const parent: unknown = document.getIn(where.slice(0, depth - 1), true);
    const key = where[depth - 1];
    const items = (parent as { items?: readonly unknown[] } | undefined)?.items ?? [];
    const item =
      typeof key === 'number'
        ? items[key]
        : items
            .map(pair => (pair as { key?: unknown }).key)
            .find(each => (each as { value?: unknown } | undefined)?.value === key);
    const range = (item as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

const fieldName = (where: Path): string =>
  where
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');

function isPrefix(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  return isIPv4(address) && /^\d{1,2}$/.test(length) && Number(length) <= 32 && more.length === 0;
}
