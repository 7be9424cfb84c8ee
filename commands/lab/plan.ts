import { manifestFile } from '../../lab/providers/existing/clusters.ts';
import {
  type Footprint,
  neverHere,
  permissionsIn,
  type Recording,
  refusalOf,
} from '../../lab/providers/existing/footprint.ts';
import type { Inventory } from '../../lab/providers/existing/inventory.ts';
import { outsideClaims } from '../../lab/providers/existing/journal.ts';
import { permissions } from '../../lab/providers/existing/schema.ts';
import type { Claim } from '../../tests/catalogue/index.ts';

const nothing: Footprint = { objects: [], looks: [], changes: {} };

/**
 * What a run with an inventory would create, and which commands it would run: first what every run does, then what each
 * claim does beside it, then which claims are not run, and why. Nothing is connected to.
 * @param claims those that are asked for
 */
export function planOf(inventory: Inventory, claims: readonly Claim[], recording: Recording): string {
  const every = recording.claims[`${outsideClaims}-${inventory.topology}`] ?? nothing;
  const verdicts = claims.map(claim => ({ claim, why: whyNotRun(claim, inventory, recording) }));
  const running = verdicts.flatMap(({ claim, why }) => (why === undefined ? [claim] : []));
  const nodes = inventory.clusters.map(cluster =>
    inventory.clusters.length === 1
      ? cluster.nodes.join(', ')
      : `${cluster.nodes.join(', ')} (${cluster.name})`,
  );
  const router = inventory.router === undefined ? '' : ` Router: ${inventory.router.host}.`;
  const list = manifestFile(inventory.topology);
  return [
    `Plan for ${inventory.file}: ${running.length} of ${claims.length} claims. Nothing was connected to, nothing was changed.`,
    `Nodes: ${nodes.join('; ')}.${router} In braces: what differs from lab to lab, or from one time to another.`,
    'What is created and changed is taken back after each claim. Claims that the cluster itself rules out (its version, its',
    'kernel, what is installed) are found out by the run.',
    '',
    'Every run, before its first claim and after its last',
    ...detailsOf(
      {
        ...every,
        objects: [`Namespace ${inventory.namespace}, unless it is there with our label`, ...every.objects],
        looks: [
          `the objects that the least rights (${list}) let it list, machines and FRR, to compare them afterwards`,
          ...every.looks,
        ],
      },
      inventory.namespace,
    ),
    '',
    ...running.flatMap(({ id, title }) => [
      `${id}  ${title}`,
      ...detailsOf(beside(every, recording.claims[id] ?? nothing), inventory.namespace),
      '',
    ]),
    ...notRun(verdicts),
  ].join('\n');
}

function whyNotRun(claim: Claim, inventory: Inventory, { claims }: Recording): string | undefined {
  if (claim.topology !== inventory.topology)
    return `the inventory is of topology ${inventory.topology}, and the claim of ${claim.topology}`;
  for (const need of claim.needs)
    if (need in neverHere) return `${neverHere[need as keyof typeof neverHere]} (${need})`;
  return refusalOf(claim, inventory, claims);
}

/** What a claim does that every run does not. */
function beside(every: Footprint, claim: Footprint): Footprint {
  const without = (all: readonly string[], known: readonly string[]): string[] =>
    all.filter(each => !known.includes(each));
  const changes = permissionsIn(claim).flatMap(need => {
    const commands = without(claim.changes[need] ?? [], every.changes[need] ?? []);
    return need in every.changes && commands.length === 0 ? [] : [[need, commands] as const];
  });
  return {
    objects: without(claim.objects, every.objects),
    looks: without(claim.looks, every.looks),
    changes: Object.fromEntries(changes),
  };
}

function detailsOf(footprint: Footprint, namespace: string): string[] {
  const looks = footprint.looks.map(placed);
  return [
    ...listed(
      'creates',
      footprint.objects.map(object => (/[ ,)]\S*\)$|, /.test(object) ? object : `${object} in ${namespace}`)),
    ),
    ...listed(
      'changes',
      permissionsIn(footprint).flatMap(need => [
        `${need}: ${permissions[need]}`,
        ...(footprint.changes[need] ?? []).map(command => `  ${placed(command)}`),
      ]),
    ),
    ...listed('looks at', looks.length === 0 ? ['what every run does'] : looks),
  ];
}

/** `router: ip rule show` as `on the router: ip rule show`. */
function placed(command: string): string {
  const [, role = '', line = ''] = /^(router|node|this machine|[\w' ]+ pods): ([\s\S]*)$/.exec(command) ?? [];
  if (role === '') return command;
  if (role.endsWith('pods')) return `in ${role}: ${line}`;
  return `on ${role === 'node' ? 'each node' : role === 'router' ? 'the router' : role}: ${line}`;
}

const listed = (verb: string, rows: readonly string[]): string[] =>
  rows.map((row, index) => `  ${(index === 0 ? verb : '').padEnd(10)} ${row}`);

/** Claims that are not run, below their reasons. */
function notRun(verdicts: readonly { readonly claim: Claim; readonly why: string | undefined }[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const { claim, why } of verdicts) {
    if (why === undefined) continue;
    const reason = why.replace(`=${claim.id}`, '=…');
    reasons.set(reason, [...(reasons.get(reason) ?? []), claim.id]);
  }
  if (reasons.size === 0) return [];
  return ['Not run', ...[...reasons].flatMap(([why, ids]) => [`  ${why}`, `    ${ids.join(', ')}`]), ''];
}
