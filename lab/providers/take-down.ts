import { isMadeProvider, madeProvider } from './made.ts';

// `node --import tsx take-down.ts PROVIDER TOPOLOGY`: run by a lab's guardian when the run that made the lab is gone.
const [provider = '', topology = ''] = process.argv.slice(2);
try {
  if (!isMadeProvider(provider)) throw new Error(`provider "${provider}" leaves no labs behind`);
  await (await madeProvider(provider)).takeDown(topology);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
