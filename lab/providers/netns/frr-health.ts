import type { HostNamespace } from '../../namespaces/namespace.ts';

const daemons = ['watchfrr', 'zebra', 'bgpd'] as const;

type Pids = Readonly<Partial<Record<(typeof daemons)[number], string>>>;

/**
 * FRR is part of the lab, not of the system under test: a claim during which it died says nothing. The function
 * that this returns says, a sentence each, what does not run, and what has died since it was last asked though
 * watchfrr has put it right again.
 */
export async function watchFrrHealth(router: HostNamespace): Promise<() => Promise<string[]>> {
  let before = await running(router);
  return async () => {
    const now = await running(router);
    // A restart that was asked for replaces watchfrr, too.
    const sameWatch = before.watchfrr !== undefined && before.watchfrr === now.watchfrr;
    const problems = daemons.flatMap(daemon => {
      if (now[daemon] === undefined) return [`FRR's ${daemon} does not run on ${router.name}`];
      if (sameWatch && before[daemon] !== now[daemon]) return [`FRR's ${daemon} died on ${router.name}`];
      return [];
    });
    before = now;
    return problems;
  };
}

async function running(router: HostNamespace): Promise<Pids> {
  const script = `for d in ${daemons.join(' ')}; do
    p=$(cat /run/frr/$d.pid 2>/dev/null) && kill -0 "$p" 2>/dev/null && echo "$d $p"
  done; true`;
  const { stdout } = await router.exec(['sh', '-c', script]);
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.split(' ')),
  ) as Pids;
}
