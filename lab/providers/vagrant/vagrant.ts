import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Topology } from '../../contract/topology.ts';
import { vagrantLabs } from './labs.ts';
import type { MachinesFile } from './machines.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

const machinesOf = (topology: Topology): string =>
  path.join(vagrantLabs.directory(topology.name), 'machines.json');
const dotfiles = (topology: Topology): string => path.join(vagrantLabs.directory(topology.name), 'vagrant');

/** The argv of a vagrant command for a lab. What vagrant remembers of it lies in the lab's own directory. */
export const vagrant = (topology: Topology, args: readonly string[]): string[] => [
  'env',
  `VAGRANT_CWD=${here}`,
  `VAGRANT_DOTFILE_PATH=${dotfiles(topology)}`,
  `CONFORMANCE_LAB=${machinesOf(topology)}`,
  'VAGRANT_NO_COLOR=1',
  'VAGRANT_CHECKPOINT_DISABLE=1',
  'vagrant',
  ...args,
];

/** Writes what the Vagrantfile reads. */
export function prepare(topology: Topology, machines: MachinesFile): void {
  writeFileSync(machinesOf(topology), `${JSON.stringify(machines, null, 2)}\n`, { mode: 0o600 });
}

/** Whether vagrant remembers a machine of the lab. */
export function isMade(topology: Topology): boolean {
  const machines = path.join(dotfiles(topology), 'machines');
  return existsSync(machinesOf(topology)) && existsSync(machines) && readdirSync(machines).length > 0;
}

/** For after the machines' end: vagrant keeps a folder of every machine that it has destroyed. */
export function forget(topology: Topology): void {
  rmSync(dotfiles(topology), { recursive: true, force: true });
}
