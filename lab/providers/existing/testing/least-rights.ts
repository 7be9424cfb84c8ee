import { expect } from '@playwright/test';
import { routes } from '../../../../helpers/iproute.ts';
import { until } from '../../../../helpers/waiting.ts';
import { hostAddress } from '../../../contract/topology.ts';
import { readRecording } from '../footprint.ts';
import { differences } from '../snapshot.ts';
import type { Theirs } from './theirs.ts';

/** All claims: naming one that does not disrupt changes nothing. */
const everyClaim = Object.keys(readRecording().claims).join(',');

/** Every node of a mesh has a route to the pods of every other: it goes on connecting for a moment after it is up. */
async function untilConnected({ lab }: Theirs): Promise<void> {
  const { mesh, hosts } = lab.topology;
  if (mesh === undefined) return;
  const addresses = hosts.map(({ name }) => hostAddress(lab.topology, name));
  await until('the clusters to be connected', 60_000, async () => {
    const tables = await Promise.all(hosts.map(({ name }) => routes(lab.host(name))));
    const direct = tables.map(
      table => new Set(table.flatMap(({ nextHops }) => nextHops.map(({ via = '' }) => via))),
    );
    const all = direct.every(via => addresses.filter(each => via.has(each)).length === hosts.length - 1);
    return all ? true : undefined;
  });
}

/**
 * Claims pass with the least rights, nothing of others is touched, and all is as it was.
 * @param few of the topology's claims; with CLAIMS=all all of them, which takes a quarter of an hour
 */
export async function expectClaimsToPass(theirs: Theirs, few: readonly string[]): Promise<void> {
  await untilConnected(theirs);
  const before = await theirs.everything();
  const all = process.env.CLAIMS === 'all';

  const { code, printed, report } = await theirs.run(all ? [] : few, {
    controlled: true,
    env: { LAB_DISRUPTIVE: everyClaim },
  });

  expect(theirs.refused(), 'requests beyond the manifest').toEqual([]);
  expect(
    report?.claims.filter(({ verdict }) => !['passed', 'not applicable'].includes(verdict)),
    printed,
  ).toEqual([]);
  expect(report?.claims.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(
    few.length,
  );
  expect(printed).toMatch(
    /is as it was before the run: \d+ objects, addresses, routes and settings compared/,
  );
  expect(code).toBe(0);
  expect(differences(before, await theirs.everything())).toEqual([]);
  // What it came to, for who runs it.
  console.log(/^\d+ passed, .*$/m.exec(printed)?.[0]);
}
