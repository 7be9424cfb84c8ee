import { nearest } from '../../helpers/nearest.ts';
import { bgpClaims } from '../bgp/claims.ts';
import { cloudClaims } from '../cloud/claims.ts';
import { dsrClaims } from '../dsr/claims.ts';
import { hubClaims } from '../hubble/claims.ts';
import { gwClaims, ingClaims } from '../ingress/claims.ts';
import { ipamClaims } from '../ipam/claims.ts';
import { l2Claims } from '../l2/claims.ts';
import { lbClaims } from '../lb/claims.ts';
import { meshClaims } from '../mesh/claims.ts';
import { polClaims } from '../policy/claims.ts';
import { rtClaims } from '../rt/claims.ts';
import { scaleClaims } from '../scale/claims.ts';
import { upgClaims } from '../upgrade/claims.ts';
import type { Claim } from './claim.ts';

export type { Area, Claim, Correction, Source } from './claim.ts';
export { areas, catalogueVersion } from './claim.ts';

/** All claims, in the order in which reports show them. */
export const claims: readonly Claim[] = [
  ...bgpClaims,
  ...ipamClaims,
  ...lbClaims,
  ...dsrClaims,
  ...l2Claims,
  ...rtClaims,
  ...meshClaims,
  ...hubClaims,
  ...polClaims,
  ...ingClaims,
  ...gwClaims,
  ...scaleClaims,
  ...cloudClaims,
  ...upgClaims,
];

const byId = new Map(claims.map(claim => [claim.id, claim]));

/** @throws Error naming ids that are near the one asked for */
export function claimById(id: string): Claim {
  const found = byId.get(id);
  if (found !== undefined) return found;
  const near = nearest(id.toUpperCase(), [...byId.keys()]);
  throw new Error(
    `the catalogue has no claim ${JSON.stringify(id)}; near it: ${near.join(', ')}. ` +
      'Add an entry to tests/catalogue, or correct the id.',
  );
}

export function findClaim(id: string): Claim | undefined {
  return byId.get(id);
}
