import type { Claim } from '../../../reports/catalogue/index.ts';
import { type Footprint, type Recording, refusalOf } from './footprint.ts';
import type { Inventory } from './inventory.ts';
import { outsideClaims } from './journal.ts';
import { type Permission, permissions } from './schema.ts';

/**
 * What a run with an inventory would create, and which commands it would run, claim by claim. Nothing is connected to.
 * @param claims those that would run
 */
export function planOf(inventory: Inventory, claims: readonly Claim[], recording: Recording): string {
  const nodes = inventory.clusters.flatMap(cluster => cluster.nodes);
  const hosts = { router: inventory.router === undefined ? [] : [inventory.router.host], node: nodes };
  const every = recording.claims[`${outsideClaims}-${inventory.topology}`];
  const verdicts = claims.map(claim => {
    const unfit = claim.topology === inventory.topology ? undefined : `it is of topology ${claim.topology}`;
    return { claim, why: unfit ?? refusalOf(claim, inventory, recording.claims) };
  });
  const count = verdicts.filter(({ why }) => why === undefined).length;
  return [
    `Plan for ${inventory.file}: ${count} of ${claims.length} claims. Nothing was connected to, nothing was changed.`,
    'Claims that the cluster itself rules out (its version, its kernel, what is installed) are found out by the run.',
    'In braces: what differs from lab to lab, or from one time to another.',
    '',
    'Every run, before its first claim and after its last',
    `  creates    Namespace ${inventory.namespace}, unless it is there with our label`,
    '  looks at   addresses, routes and rules of every machine, FRR’s configuration, and the objects that the least rights',
    '             (rbac.yaml) let it list; compares them with those after the run',
    ...(every === undefined ? [] : detailsOf(every, inventory.namespace, hosts)),
    '',
    ...verdicts.flatMap(({ claim, why }) => {
      const head = `${claim.id}  ${claim.title}`;
      const footprint = recording.claims[claim.id];
      if (why !== undefined) return [head, `  not run    ${why}`, ''];
      return [head, ...(footprint === undefined ? [] : detailsOf(footprint, inventory.namespace, hosts)), ''];
    }),
  ].join('\n');
}

function detailsOf(
  { objects, commands, needs }: Footprint,
  namespace: string,
  hosts: Readonly<Record<'router' | 'node', readonly string[]>>,
): string[] {
  return [
    ...listed(
      'creates',
      objects.map(object => (object.endsWith(' (cluster)') ? object : `${object} in ${namespace}`)),
    ),
    ...listed(
      'changes',
      needs.map(need => `${need}: ${permissions[need as Permission]}`),
    ),
    ...listed(
      'runs',
      commands.map(command => {
        const [, role = '', line = ''] = /^([^:]+): ([\s\S]*)$/.exec(command) ?? [];
        if (role.endsWith('pods')) return `in ${role}: ${line}`;
        return `on ${role === 'router' || role === 'node' ? hosts[role].join(', ') : role}: ${line}`;
      }),
    ),
  ];
}

const listed = (verb: string, rows: readonly string[]): string[] =>
  rows.map((row, index) => `  ${(index === 0 ? verb : '').padEnd(10)} ${row}`);
