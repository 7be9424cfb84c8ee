import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFields } from '../fixtures/evidence/kinds.ts';
import type { Proof } from './conformance.ts';

/** Outcomes of lab/falsify that show a check can fail, or knows when to abstain. */
const proving: readonly unknown[] = ['killed', 'killed, reason not pinned', 'withheld'];

/**
 * By claim, what its faults did to its check: from every `falsification.json` in the run folders of `out`, the newest
 * of each fault and claim. A file that cannot be read proves nothing and is passed over.
 */
export function readProofs(out: string): ReadonlyMap<string, readonly Proof[]> {
  const proofs = new Map<string, Map<string, Proof>>();
  const folders = existsSync(out) ? readdirSync(out) : [];
  for (const folder of folders) {
    const file = join(out, folder, 'falsification.json');
    if (!existsSync(file)) continue;
    for (const { claim, ...proof } of proofsIn(readFileSync(file, 'utf8'))) {
      const own = proofs.get(claim) ?? new Map<string, Proof>();
      proofs.set(claim, own);
      if ((own.get(proof.fault)?.at ?? '') < proof.at) own.set(proof.fault, proof);
    }
  }
  return new Map([...proofs].map(([claim, own]) => [claim, [...own.values()]]));
}

function proofsIn(text: string): (Proof & { readonly claim: string })[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isFields(value) || typeof value.startedAt !== 'string' || !Array.isArray(value.faults)) return [];
  const at = value.startedAt;
  return value.faults
    .filter(isFields)
    .flatMap(({ fault, claims }) =>
      typeof fault === 'string' && Array.isArray(claims)
        ? claims
            .filter(isFields)
            .flatMap(({ claim, outcome }) =>
              typeof claim === 'string' && typeof outcome === 'string'
                ? [{ claim, fault, outcome, proven: proving.includes(outcome), at }]
                : [],
            )
        : [],
    );
}
