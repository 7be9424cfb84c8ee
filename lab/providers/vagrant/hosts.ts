import type { Topology } from '../../contract/topology.ts';
import { openSshHost, type SshHost } from '../ssh-host.ts';
import type { VagrantDetails } from './labs.ts';

/** A connection to every machine. @throws Error naming the one that does not answer */
export async function openHosts(
  topology: Topology,
  logins: VagrantDetails['logins'],
): Promise<ReadonlyMap<string, SshHost>> {
  const opened = await Promise.all(
    topology.hosts.map(async ({ name, role }) => {
      const login = logins[name];
      if (login === undefined) throw new Error(`nothing is known of how to reach ${name}`);
      return [name, await openSshHost(name, role, login)] as const;
    }),
  );
  return new Map(opened);
}
