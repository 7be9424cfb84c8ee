// npm run dsr -- FILE...: which Geneve packets of a capture carry the DSR option, for which service, from which client.
import { compiled } from './compiled.mjs';

const { dsrTable } = await import(compiled(new URL('./dsr-table.ts', import.meta.url)));
// Whoever reads this may have read enough.
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1));
const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: npm run dsr -- CAPTURE...');
  process.exit(2);
}
try {
  for (const file of files) process.stdout.write(await dsrTable(file));
} catch (error) {
  if (error.name !== 'CaptureError') throw error;
  console.error(error.message);
  process.exit(1);
}
