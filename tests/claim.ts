import type { TestDetails } from '@playwright/test';
import { register } from '../fixtures/claim.ts';
import { claimById } from './catalogue/index.ts';
import { sentenceProblem } from './catalogue/sentences.ts';

/**
 * Title, tags and annotations of a claim's test, for `test(...claim('LB-06', 'Policy Local: …'), async ({ … }) => …)`.
 * The spec calls `test` itself, so that Playwright reads the fixtures off the body and shows the spec's own line in
 * lists, filters and editors.
 * @throws Error when the catalogue does not have the id, naming near ids, or has another sentence for it
 */
export function claim(id: string, sentence: string): [title: string, details: TestDetails] {
  const entry = claimById(id);
  const problem = sentenceProblem(entry, sentence);
  if (problem !== undefined) throw new Error(problem);
  register(entry);
  const { area, level, title, topology } = entry;
  // Playwright's --grep ignores case: `@BGP` selects the area alone, so the topology's tag has a longer name.
  const tag = [`@${area}`, `@${level}`, `@topology-${topology}`];
  return [`${id} ${title}`, { tag, annotation: { type: 'claim', description: id } }];
}
