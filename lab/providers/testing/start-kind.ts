import { madeLabs } from '../../lifecycle/made-lab.ts';
import { maker } from '../kind/provider.ts';

// `start-kind.ts ROUTER-IMAGE NODE-IMAGE`: a run that starts a lab on other images than the pinned ones, to be killed.
const [router = '', node = ''] = process.argv.slice(2);
const provider = madeLabs(maker({ installCilium: () => new Promise(() => {}), images: { router, node } }));
await provider.start(
  { slot: 0, topology: 'bgp', version: '1.18.0', faults: [] },
  {
    name: 'killed',
    keep: false,
    signal: new AbortController().signal,
    onProgress: line => console.log(line),
  },
);
