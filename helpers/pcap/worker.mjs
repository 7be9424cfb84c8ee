// How worker.ts is loaded by `analyse` in parse.ts, the same under tsx and under Playwright's transpiler: neither
// reaches into worker threads, and in a worker `--import tsx` does nothing on Node 20.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
