import os from 'node:os';
import type { Provider } from '../../contract/provider.ts';
import { isAlive, readState } from '../../lifecycle/state.ts';
import { keepCgroup } from '../../namespaces/cgroups.ts';
import { chosenCilium, howToGetCilium } from '../../systems/cilium/choice.ts';
import { openTree } from '../../systems/cilium/tree.ts';
import { referenceVersion } from '../../versions.ts';
import { checkFaults } from './faults.ts';
import { openLab } from './lab.ts';
import { startLab, stopLab } from './start.ts';

/** The embedded lab: as many as are asked for, each with its own process tree. */
export const netns: Provider = {
  name: 'netns',
  prepare: async ({ faults, onProgress }) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      throw new Error(
        `the embedded lab needs root on Linux (network namespaces, bridges); this is ${os.userInfo().username} ` +
          `on ${os.type()}. Run it with sudo, or as root in a VM, or use LAB=kind, vagrant or existing`,
      );
    }
    checkFaults(faults);
    const root = await chosenCilium(onProgress);
    if (root !== undefined) {
      openTree(root);
      (await keepCgroup('trial')).lifeline.destroy();
      return;
    }
    referenceVersion();
    onProgress(howToGetCilium);
  },
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
};
