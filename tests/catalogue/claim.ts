import type { Requirements } from '../../fixtures/claim.ts';
import { faultsOf } from '../../lab/providers/netns/faults.ts';

/** The catalogue's own version. The gate refuses to compare runs whose major versions differ. */
export const catalogueVersion = '1.0';

export const areas = {
  BGP: 'BGP control plane',
  IPAM: 'LoadBalancer addresses',
  LB: 'Service advertisement, ECMP, traffic policy',
  DSR: 'DSR, Geneve, Maglev',
  L2: 'L2 announcements',
  RT: 'Routing, encapsulation, masquerading',
  MESH: 'Cluster Mesh',
  HUB: 'Hubble',
  POL: 'Network policy',
  ING: 'Ingress',
  GW: 'Gateway API',
  SCALE: 'Scale',
  CLOUD: 'Cloud modes',
  UPG: 'Upgrade',
} as const;

export type Area = keyof typeof areas;

/**
 * Where a claim is stated: a document by title and section, or a page of Cilium's own documentation or source.
 * Reports of schema version 1.1 and before have neither `url` nor a page's title, only the page's area.
 */
export type Source =
  | { readonly document: string; readonly section: string; readonly url?: string }
  | { readonly cilium: string; readonly url?: string };

/** A statement of the documents that is wrong, what is true instead, and what shows it. */
export interface Correction {
  readonly documented: string;
  readonly true: string;
  readonly evidence: string;
  readonly source: Source;
}

/** An atomic statement of the documents that the suite shows to hold. Ids are stable across years of reports. */
export interface Claim extends Requirements {
  /** The statement, one sentence in our own words. */
  readonly title: string;
  readonly area: Area;
  readonly sources: readonly [Source, ...Source[]];
  /** A run in which a core claim was not observed is partial. */
  readonly level: 'core' | 'extended';
  /** `corrected`: a document states it wrongly, see `correction`. */
  readonly status: 'stands' | 'corrected';
  readonly correction?: Correction;
  /** Names of the faults that must turn it red: their tables name the claim. */
  readonly faults: readonly string[];
  /** What a check has to observe, and from where. */
  readonly shownBy: string;
  /** Why there is no test yet. Absent: there is one, and the lint holds us to it. */
  readonly planned?: string;
}

type Defaulted = 'area' | 'topology' | 'level' | 'status' | 'needs';

/** A claim as it is written down: what an area's claims have in common is said once. */
export type ClaimEntry = Omit<Claim, Defaulted | 'faults'> & Partial<Pick<Claim, Defaulted>>;

export function claimsOf(
  area: Area,
  common: Partial<Pick<Claim, 'topology' | 'level' | 'needs' | 'system' | 'planned'>>,
  entries: readonly ClaimEntry[],
): readonly Claim[] {
  return entries.map(entry => ({
    area,
    topology: 'bgp',
    level: 'core',
    status: entry.correction === undefined ? 'stands' : 'corrected',
    needs: [],
    faults: faultsOf(entry.id),
    ...common,
    ...entry,
  }));
}
