import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding, Machine } from '../machine/finding.ts';
import { examineExisting } from './existing/doctor.ts';
import { examineKind } from './kind/doctor.ts';
import { examineNetns } from './netns/doctor.ts';
import { examineVagrant } from './vagrant/doctor.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const thisMachine: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  ...(process.env.LAB_INVENTORY === undefined ? {} : { inventory: resolve(process.env.LAB_INVENTORY) }),
  exists: existsSync,
  run: ([command, ...args]) =>
    new Promise(resolve => {
      execFile(command, args, { cwd: root, timeout: 10_000 }, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else if (error.code === 'ENOENT') resolve({ code: 127, stdout, stderr: 'not installed' });
        else resolve({ code: 124, stdout, stderr: error.killed ? 'no answer within 10 s' : error.message });
      });
    }),
};

/** Examines this machine (or `machine`) for every provider. Changes nothing. */
export async function diagnose(machine: Machine = thisMachine): Promise<Finding[]> {
  const parts = await Promise.all([
    examineNetns(machine),
    examineKind(machine),
    examineVagrant(machine),
    examineExisting(machine),
  ]);
  return parts.flat();
}

/** A table per provider, with a verdict in its first line. */
export function formatFindings(findings: readonly Finding[]): string {
  const providers = [...new Set(findings.map(finding => finding.provider))];
  const width = Math.max(...findings.map(finding => finding.what.length));
  return providers
    .map(provider => {
      const own = findings.filter(finding => finding.provider === provider);
      const ready = own.every(finding => finding.state !== 'missing');
      const lines = own.map(({ what, state, detail, remedy }) => {
        const line = `  ${state.padEnd(8)} ${what.padEnd(width)}  ${detail}`.trimEnd();
        return remedy === undefined ? line : `${line}\n${' '.repeat(13 + width)}→ ${remedy}`;
      });
      return [`LAB=${provider}: ${ready ? 'can run here' : 'cannot run here yet'}`, ...lines].join('\n');
    })
    .join('\n\n');
}
