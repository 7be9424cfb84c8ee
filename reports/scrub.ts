import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { redact, redactBytes } from '../helpers/redact.ts';
import { isText } from './evidence-store.ts';

/** Redacts every file below a folder in place: what other reporters wrote there knows nothing of secrets. */
export function scrub(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    const clean = isText('', bytes) ? Buffer.from(redact(bytes.toString('utf8'))) : redactBytes(bytes);
    if (!clean.equals(bytes)) writeFileSync(file, clean);
  }
}
