import type { Claim } from './claim.ts';

/** A test of a claim: its id, the sentence that stands at it, and the file it is in. */
export interface Body {
  readonly id: string;
  /** Absent when the call has no second argument that is a string. */
  readonly sentence?: string;
  readonly file: string;
}

const call =
  /\bclaim(?:\.\w+)*\(\s*(['"\x60])(?<id>.*?)\1(?:\s*,\s*(['"\x60])(?<sentence>(?:\\.|(?!\3).)*)\3)?/g;

/** The claims a spec has tests for: every `claim('ID', '…'` and `claim.only('ID', '…'` in it. */
export function bodiesIn(file: string, text: string): Body[] {
  return [...text.matchAll(call)].map(({ groups }) => {
    const sentence = groups?.sentence?.replaceAll(/\\(.)/g, '$1');
    return { id: groups?.id ?? '', ...(sentence === undefined ? {} : { sentence }), file };
  });
}

/** Why the sentence at a test is not the catalogue's; undefined when it is. */
export function sentenceProblem(
  { id, title }: Pick<Claim, 'id' | 'title'>,
  sentence?: string,
): string | undefined {
  if (sentence === title) return undefined;
  return (
    `${id}: the sentence at the test is not the catalogue's. Correct the one that is wrong, or take the catalogue's ` +
    `by \`npm run format\`.\n  test:      ${sentence ?? '(none)'}\n  catalogue: ${title}`
  );
}

/** A spec with the catalogue's sentence at each test; claims that the catalogue does not have stay as they are. */
export function withSentences(text: string, claims: readonly Pick<Claim, 'id' | 'title'>[]): string {
  return text.replaceAll(call, found => {
    const [body] = bodiesIn('', found);
    const entry = claims.find(claim => claim.id === body?.id);
    if (entry === undefined || entry.title === body?.sentence) return found;
    return `${found.slice(0, found.indexOf('(') + 1)}'${entry.id}', ${JSON.stringify(entry.title)}`;
  });
}
