import { removeKindLab } from './provider.ts';

// `node --import tsx down.ts TOPOLOGY`: what a lab's guardian runs when nobody else is left.
const [name = ''] = process.argv.slice(2);
try {
  await removeKindLab(name);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
