import { isMadeProvider, takeDown } from './makers.ts';

// `node --import tsx take-down.ts PROVIDER TOPOLOGY`: what a lab's guardian runs when nobody else is left.
const [provider = '', topology = ''] = process.argv.slice(2);
try {
  if (!isMadeProvider(provider)) throw new Error(`provider "${provider}" leaves no labs behind`);
  await takeDown(provider, topology);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
