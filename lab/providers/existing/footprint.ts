import { readFileSync } from 'node:fs';
import type { Capability } from '../../contract/lab.ts';
import type { Inventory } from './inventory.ts';
import type { Permission } from './schema.ts';

/** What a claim does to a lab, as it was recorded on the reference lab (`npm run footprint`). */
export interface Footprint {
  /** Objects it creates or applies: `Service webpod-lb`, `CiliumBGPPeerConfig cilium-peer (cluster)`. */
  readonly objects: readonly string[];
  /** Commands that look, by machine, with names and numbers that differ from lab to lab in braces: `router: vtysh -c '…'`. */
  readonly looks: readonly string[];
  /** Permissions it needs, and the commands that need them; none where a permission is about objects of the API. */
  readonly changes: Readonly<Partial<Record<Permission, readonly string[]>>>;
}

/** By claim; `baseline-bgp` and `baseline-mesh` are what every run of the topology does. */
export type Footprints = Readonly<Record<string, Footprint>>;

/** What is recorded. */
export interface Recording {
  readonly claims: Footprints;
  /** All requests to the Kubernetes API for the claims of a topology, as `parseRequest` reads them. */
  readonly requests: Readonly<Record<Inventory['topology'], readonly string[]>>;
}

export const footprintFile = new URL('./footprint.json', import.meta.url);

export const readRecording = (): Recording => JSON.parse(readFileSync(footprintFile, 'utf8')) as Recording;

export const permissionsIn = ({ changes }: Footprint): Permission[] => Object.keys(changes) as Permission[];

/** What no existing lab is asked to do. */
export const neverHere = {
  upgrade: 'somebody else’s cluster is not upgraded',
  'cut-links': 'nobody pulls cables of an existing lab',
  'isolate-clusters': 'nobody pulls cables of an existing lab',
  faults: 'only the reference system deviates on request',
} as const satisfies Partial<Record<Capability, string>>;

/** Why an inventory's owner does not want a claim to run; undefined when it may. */
export function refusalOf(
  { id, disruptive = false }: { readonly id: string; readonly disruptive?: boolean },
  { disruptive: named, allow }: Pick<Inventory, 'disruptive' | 'allow'>,
  footprints: Footprints = readRecording().claims,
): string | undefined {
  if (disruptive && !named.includes(id)) {
    return `it disrupts, and is run only when asked for by name: LAB_DISRUPTIVE=${id}, or disruptive in the inventory`;
  }
  if (process.env.LAB_JOURNAL !== undefined) return undefined; // being recorded
  const footprint = footprints[id];
  if (footprint === undefined) return 'what it does to a lab has not been recorded (npm run footprint)';
  const refused = permissionsIn(footprint).filter(need => !allow.has(need));
  return refused.length === 0 ? undefined : `it needs ${refused.join(', ')} in the inventory's allow`;
}
