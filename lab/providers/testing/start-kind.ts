import { machineTools } from '../../../helpers/tools.ts';
import { kindProvider, standBy } from '../kind/provider.ts';

// `start-kind.ts ROUTER-IMAGE NODE-IMAGE`: a run that starts a lab on other images than the pinned ones, to be killed.
const [router = '', node = ''] = process.argv.slice(2);
const provider = kindProvider({
  tools: signal => machineTools(signal === undefined ? {} : { signal }),
  installCilium: () => new Promise(() => {}),
  guard: standBy,
  images: { router, node },
});
await provider.start(
  { slot: 0, topology: 'bgp', version: '1.18.0', faults: [] },
  {
    name: 'killed',
    keep: false,
    signal: new AbortController().signal,
    onProgress: line => console.log(line),
  },
);
