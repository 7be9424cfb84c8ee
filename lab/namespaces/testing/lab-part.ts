import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inCgroup, keepCgroup, openNodeCgroups } from '../cgroups.ts';

/** What a lab with real Cilium does with cgroups, without Cilium, on a host that a test plays. Prints what it saw. */
const keeper = await keepCgroup('played');
const directory = (await openNodeCgroups(keeper.cgroup, ['node'])).get('node') ?? '';
// As the agent does: a cgroup namespace of the node's, and cgroup2 where the chart's `cgroup-root` is.
const agent =
  'mkdir -p /run/cilium/cgroupv2; mount -t cgroup2 cgroup2 /run/cilium/cgroupv2; cd /run/cilium/cgroupv2';
const look = `${agent}; cat /proc/self/cgroup; grep -qx $$ cgroup.procs && echo attached`;
const [program = '', ...args] = inCgroup(directory, ['unshare', '--mount', '--cgroup', 'sh', '-euc', look]);
const seen = execFileSync(program, args, { encoding: 'utf8' });
if (process.argv[2] === 'stay') {
  console.log(`${keeper.cgroup} ${keeper.pid}`);
  await setTimeout(60_000);
}
keeper.lifeline.destroy();
for (let tries = 0; tries < 200 && existsSync(directory); tries++) await setTimeout(50);
console.log(JSON.stringify({ cgroup: keeper.cgroup, seen, remains: existsSync(directory) }));
