import { nearest } from '../../helpers/nearest.ts';
import { bgpClaims } from './bgp.ts';
import { ciliumOnlyClaims } from './cilium-only.ts';
import type { Claim } from './claim.ts';
import { dsrClaims } from './dsr.ts';
import { ipamClaims } from './ipam.ts';
import { l2Claims } from './l2.ts';
import { lbClaims } from './lb.ts';
import { meshClaims } from './mesh.ts';
import { rtClaims } from './rt.ts';
import { upgClaims } from './upg.ts';

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
  ...ciliumOnlyClaims,
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
      'Add an entry to reports/catalogue, or correct the id.',
  );
}

export function findClaim(id: string): Claim | undefined {
  return byId.get(id);
}
