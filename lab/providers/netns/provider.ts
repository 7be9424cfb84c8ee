import type { Provider } from '../../provider.ts';
import { isAlive, readState } from '../../state.ts';
import { chosenCilium, howToGetCilium } from './cilium/choice.ts';
import { openLab } from './lab.ts';
import { startLab, stopLab } from './start.ts';

/** The embedded lab: as many as are asked for, each with its own process tree. */
export const netns: Provider = {
  name: 'netns',
  start: async (wish, { name, keep, signal, onProgress }) => {
    const ciliumRoot = await chosenCilium(onProgress);
    const lifeline = keep ? 'none' : 'starter';
    const lab = await startLab({ ...wish, name, ciliumRoot, lifeline, signal, onProgress });
    return {
      name,
      how: `is up after ${lab.readyMs} ms`,
      isRunning: () => {
        const state = readState(name);
        return state !== undefined && isAlive(state);
      },
      stop: () => stopLab(name),
      endedBy: `npm run lab -- down ${name}`,
    };
  },
  open: openLab,
  hint: () =>
    process.env.CILIUM_ROOT === undefined && process.env.CILIUM_VERSION === undefined
      ? howToGetCilium
      : undefined,
};
