import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../../../setup/bpf.sh', import.meta.url));

/**
 * The compiled program.c, as set-up left it in the user's cache; compiled now when its source has changed since.
 * @throws Error saying what is missing, and what to do
 */
export async function compiledProgram(): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', [script]).catch(
    (error: Error & { stderr?: string }) => {
      throw new Error(error.stderr?.trim() || error.message);
    },
  );
  return stdout.trim();
}
