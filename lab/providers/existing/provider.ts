import { systemLabel } from '../../contract/lab.ts';
import { type Provider, refuseFaults } from '../../contract/provider.ts';
import { openAccess } from './access.ts';
import { begin, examine, makeNamespace } from './begin.ts';
import { chosenInventory } from './inventory.ts';
import { openLab } from './lab.ts';
import { readSession, sessionName, writeSession } from './session.ts';
import { leave, refuseSecondRun, settleEarlier, snapshotOf } from './take-back.ts';

/** Somebody's cluster and machines: found, used as far as allowed, and left as they were. */
export const existing: Provider = {
  name: 'existing',
  whyNoTopology: wanted => {
    const { file, topology } = chosenInventory();
    return wanted === topology ? undefined : `${file} is of topology ${topology}, and the claim of ${wanted}`;
  },
  usedUntilWorkersEnd: true,
  prepare: async ({ faults }) => {
    refuseFaults('existing', faults);
    const inventory = chosenInventory();
    refuseSecondRun(sessionName(inventory.file), inventory);
    // Machines, keys, contexts and rights: whatever is not as it should be is reported once, not by each claim.
    const access = await openAccess(inventory);
    try {
      await examine(access);
      await snapshotOf(access);
    } finally {
      access.close();
    }
  },
  start: async (_, { onProgress, signal }) => {
    const inventory = chosenInventory();
    const name = sessionName(inventory.file);
    const began = Date.now();
    const access = await openAccess(inventory);
    try {
      await settleEarlier(name, access, onProgress);
      signal.throwIfAborted();
      const session = await begin(access, onProgress);
      writeSession(name, session);
      for (const cluster of session.madeNamespace) {
        await makeNamespace(access.kube(cluster), inventory.namespace);
      }
      const [system] = Object.values(session.found.systems);
      const label = system === undefined ? '' : `: ${systemLabel(system)}`;
      onProgress(`capabilities: ${session.capabilities.join(', ')}`);
      for (const [capability, why] of Object.entries(session.lacking))
        onProgress(`not ${capability}: ${why}`);
      return {
        name,
        how: `of ${inventory.file} was found after ${Date.now() - began} ms${label}`,
        isRunning: () => readSession(name) !== undefined,
        stop: () => leave(name, inventory, onProgress),
        endedBy: 'npm run lab -- restore',
      };
    } finally {
      access.close();
    }
  },
  open: openLab,
};

/** Takes back what an earlier run did that did not end well: for the command line. */
export async function restore(onProgress: (line: string) => void): Promise<void> {
  const inventory = chosenInventory();
  const access = await openAccess(inventory);
  try {
    await settleEarlier(sessionName(inventory.file), access, onProgress);
    onProgress(`nothing of ours is left in the lab of ${inventory.file}`);
  } finally {
    access.close();
  }
}
