import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Guardian {
  /** The lab is gone, or is to stay. */
  dismiss(): void;
}

/**
 * Stands by while a lab of containers or virtual machines is up, and takes it down when this process is gone without
 * having said that it is not needed: those do not die with who started them, and after SIGKILL nobody else is left.
 * It holds the other end of a pipe, in a session of its own, so that no Ctrl-C reaches it.
 * @param argv takes the lab down
 * @param log where its output is appended
 */
export function guard(argv: readonly [string, ...string[]], log: string): Guardian {
  const file = openSync(log, 'a', 0o600);
  const script = 'trap "" INT TERM HUP; read -r word && exit 0; exec "$@"';
  const child = spawn('sh', ['-c', script, 'guardian', ...argv], {
    stdio: ['pipe', file, file],
    detached: true,
    cwd: '/',
  });
  closeSync(file);
  child.on('error', () => {}); // no shell: nothing to stand by with
  child.unref();
  const { stdin } = child;
  stdin?.on('error', () => {}); // somebody ended it
  // The handle would keep this process from ending; node names it only as a socket's.
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return { dismiss: () => void stdin?.end('dismissed\n') };
}
