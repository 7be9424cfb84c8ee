// How worker.ts is started by `analyse` in parse.ts, the same under tsx and under Playwright's transpiler, neither of
// which reaches into worker threads. What is not compiled is loaded as TypeScript, which takes longer.
import { compiled } from './compiled.mjs';

let knowsTypescript = false;

const { serve } = await import(compiled(new URL('./worker.ts', import.meta.url)));
serve(async moduleUrl => {
  const found = compiled(moduleUrl);
  if (found !== undefined) return found;
  if (!knowsTypescript) (await import('tsx/esm/api')).register();
  knowsTypescript = true;
  return moduleUrl;
});
