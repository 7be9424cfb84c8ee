import { ExecError } from '../../../helpers/exec.ts';
import type { Host } from '../../contract/lab.ts';
import { judge } from './commands.ts';
import type { Permission } from './schema.ts';

/**
 * A machine on which a command runs only when it leaves the machine as it was, or does what is allowed.
 * @param others neighbours the router had before, nodes left out
 * @param onCommand called for each command, and what it needs, before it is run or refused
 * @param onChange called for each command that changes the machine, before it is run
 */
export function guardedHost(
  host: Host,
  allow: ReadonlySet<Permission>,
  others: readonly string[],
  onCommand: (argv: readonly string[], needs: Permission | undefined) => void = () => {},
  onChange: (argv: readonly string[]) => Promise<void> = async () => {},
): Host {
  const permit = (argv: readonly string[], needs: Permission): void => {
    onCommand(argv, needs);
    if (!allow.has(needs))
      throw new ExecError(host.name, argv, `refused: it needs "${needs}" in the inventory's allow`);
  };
  const check = async (argv: readonly string[]): Promise<void> => {
    const judgement = judge(argv, host.role, others);
    if ('refused' in judgement) throw new ExecError(host.name, argv, `refused: ${judgement.refused}`);
    if (!('needs' in judgement)) return onCommand(argv, undefined);
    permit(argv, judgement.needs);
    await onChange(argv);
  };
  return {
    name: host.name,
    role: host.role,
    exec: async (argv, options) => {
      await check(argv);
      return host.exec(argv, options);
    },
    start: async argv => {
      await check(argv);
      return host.start(argv);
    },
    restart: async service => {
      permit(['systemctl', 'restart', service], 'restart-frr');
      await host.restart(service);
    },
  };
}
