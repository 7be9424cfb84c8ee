import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Topology } from '../../contract/topology.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { each, type FaultTable } from '../../systems/reference/fault.ts';
import { says } from '../../systems/reference/reason.ts';

/**
 * Faults of the lab itself, with a system under test that does everything right: nothing may be concluded from such
 * a lab, so the verdict has to be *inconclusive*, neither failed nor passed.
 */
export const labOnlyFaults = {
  'lab-captures-see-nothing': {
    description: 'tcpdump runs on every host and is shown no packet',
    blinds: each(['BGP-07', 'LB-05'], says`capture on \S+: a packet sent through it was not seen`),
  },
  'lab-disk-full': {
    description: 'captures are written to a full disk',
    blinds: { 'BGP-07': says`capture on \S+: could not be written to .*ENOSPC` },
  },
  'lab-host-unreachable': {
    description: 'ssh to the last node falls silent after two seconds',
    blinds: { 'BGP-05': says`k8s-\S+ cannot be reached` },
  },
  'lab-frr-dies': {
    description: "the router's bgpd is killed whenever it runs",
    blinds: { 'BGP-01': says`FRR's bgpd` },
  },
  'lab-gobgp-dies': {
    description: "the reference system's gobgpd is killed on the last node every other second",
    blinds: { 'BGP-01': says`gobgpd .*SIGKILL` },
  },
} as const satisfies FaultTable;

/** The switched-on faults, by name. */
export interface LabOnlyFaults {
  has(name: keyof typeof labOnlyFaults): boolean;
}

/** Shell lines for the namespaces of every host. */
export function labFaultSetup(directory: string, faults: LabOnlyFaults): string[] {
  if (!faults.has('lab-captures-see-nothing')) return [];
  const [real, blind] = [path.join(directory, 'tcpdump'), path.join(directory, 'tcpdump-blind')];
  copyFileSync('/usr/bin/tcpdump', real);
  // The filter is the last argument: no packet is shorter than one byte.
  writeFileSync(blind, `#!/bin/sh\nexec ${real} "$@" and less 1\n`);
  for (const file of [real, blind]) chmodSync(file, 0o755);
  return [`mount --bind ${blind} /usr/bin/tcpdump`];
}

/** What goes wrong in a lab that is up. */
export function breakLab(
  faults: LabOnlyFaults,
  topology: Topology,
  host: (name: string) => HostNamespace,
): void {
  const last = host(topology.clusters.flatMap(({ nodes }) => nodes).at(-1) ?? '');
  if (faults.has('lab-host-unreachable')) {
    const silence =
      'add table inet silence; add chain inet silence in { type filter hook input priority -300; }';
    setTimeout(() => last.exec(['nft', `${silence}; add rule inet silence in tcp dport 22 drop`]), 2_000);
  }
  if (faults.has('lab-gobgp-dies')) {
    // Hosts share the lab's process ids: its network namespace tells whose gobgpd it is.
    const kill = 'pkill -KILL -x gobgpd --ns $$ --nslist net || true';
    setInterval(() => last.exec(['sh', '-c', kill]), 2_000);
  }
  const router = topology.router === undefined ? undefined : host(topology.router.host);
  if (faults.has('lab-frr-dies') && router !== undefined) {
    setInterval(
      () => router.exec(['sh', '-c', 'kill -9 "$(cat /run/frr/bgpd.pid)" 2>/dev/null || true']),
      500,
    );
  }
}
