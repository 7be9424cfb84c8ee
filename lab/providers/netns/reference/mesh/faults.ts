import type { Fault, Faults } from '../faults.ts';

type Row = Fault & { readonly kills: readonly string[] };

/** Deliberate deviations of the mesh: each must turn the claims it kills red. */
export const meshFaults = [
  {
    name: 'mesh-clusters-share-id',
    description: "both clusters are installed with the first one's id",
    kills: ['MESH-01'],
    because: /cluster ids[\s\S]*missing:\s+east 2/,
  },
] as const satisfies readonly Row[];

export type MeshFault = (typeof meshFaults)[number]['name'];

export function has(faults: Faults, name: MeshFault): boolean {
  return faults.has(name);
}
