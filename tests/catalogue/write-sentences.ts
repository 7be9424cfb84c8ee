import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claims } from './index.ts';
import { withSentences } from './sentences.ts';
import { root, specs } from './specs.ts';

/** `npm run format`: writes the catalogue's sentences into the specs; the formatter lays them out. */
for (const { file, text } of specs()) {
  const written = withSentences(text, claims);
  if (written !== text) writeFileSync(join(root, file), written);
}
