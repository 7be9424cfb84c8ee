import type { ExecResult } from '../../../../../helpers/exec.ts';
export async function runInAgent(_c: unknown, _argv: readonly string[]): Promise<ExecResult> {
  return { code: 1, stdout: '', stderr: '' };
}
