import { isAtLeast } from '../../../../helpers/version.ts';
import type { RoutePolicy, Statement } from './model.ts';
import { inOrder } from './model.ts';
import type { Advertisement } from './services.ts';
import type { NodeView } from './view.ts';

/** A statement that lets these prefixes through to a peer, with the attributes of the advertisement. */
export function statementFor(
  peer: string,
  prefixes: readonly string[],
  { attributes, advertisementType }: Advertisement,
  { faults }: Pick<NodeView, 'faults'>,
): Statement {
  const dropped = faults.has('cilium-31947') && advertisementType === 'Service';
  const used = dropped ? undefined : attributes;
  const communities = faults.has('bgp-communities-dropped') ? undefined : used?.communities;
  return {
    peer,
    prefixes,
    communities: withoutRepetition([...(communities?.standard ?? []), ...(communities?.wellKnown ?? [])]),
    largeCommunities: [...new Set(communities?.large ?? [])],
    localPreference: used?.localPreference,
  };
}

/** Values of RFC 1997 and its successors, to tell that `no-export` and `65535:65281` are one. */
const wellKnown: Readonly<Record<string, number>> = {
  internet: 0x0,
  'planned-shut': 0xffff0000,
  'accept-own': 0xffff0001,
  'route-filter-translated-v4': 0xffff0002,
  'route-filter-v4': 0xffff0003,
  'route-filter-translated-v6': 0xffff0004,
  'route-filter-v6': 0xffff0005,
  'llgr-stale': 0xffff0006,
  'no-llgr': 0xffff0007,
  blackhole: 0xffff029a,
  'no-export': 0xffffff01,
  'no-advertise': 0xffffff02,
  'no-export-subconfed': 0xffffff03,
  'no-peer': 0xffffff04,
};

function communityValue(community: string): number {
  const [high = '', low] = community.split(':');
  return wellKnown[community] ?? (low === undefined ? Number(high) : Number(high) * 65_536 + Number(low));
}

function withoutRepetition(communities: readonly string[]): string[] {
  return communities.filter(
    (one, index) => communities.findIndex(other => communityValue(other) === communityValue(one)) === index,
  );
}

/**
 * Collects policies by name. Where two advertisements lead to the same policy, Cilium from 1.18 on unites their
 * communities and takes the higher local preference; before, the last one replaced the others.
 */
export class PolicyTable {
  readonly #policies = new Map<string, Map<string, Statement>>();
  readonly #services = new Map<string, string>();
  readonly #united: boolean;

  constructor(view: Pick<NodeView, 'version' | 'faults'>) {
    this.#united = isAtLeast(view.version, '1.18') && !view.faults.has('cilium-35721');
  }

  add(name: string, statement: Statement, service?: string): void {
    if (service !== undefined) this.#services.set(name, service);
    const known = this.#united ? this.#policies.get(name) : undefined;
    const statements = known ?? new Map<string, Statement>();
    const key = `${statement.peer} ${statement.prefixes.join(' ')}`;
    const before = statements.get(key);
    statements.set(key, before === undefined ? statement : unite(before, statement));
    this.#policies.set(name, statements);
  }

  /** In the order of their names; in each the statements with the longest prefixes first, so that no route meets a wider one before. */
  get policies(): RoutePolicy[] {
    return [...this.#policies]
      .sort(([one], [other]) => inOrder(one, other))
      .map(([name, statements]) => {
        const service = this.#services.get(name);
        return {
          name,
          statements: [...statements.values()].sort((one, other) => longest(other) - longest(one)),
          ...(service === undefined ? {} : { service }),
        };
      });
  }
}

function unite(one: Statement, other: Statement): Statement {
  const preferences = [one.localPreference, other.localPreference].filter(value => value !== undefined);
  return {
    ...one,
    communities: withoutRepetition([...one.communities, ...other.communities]).sort(inOrder),
    largeCommunities: [...new Set([...one.largeCommunities, ...other.largeCommunities])].sort(inOrder),
    localPreference: preferences.length === 0 ? undefined : Math.max(...preferences),
  };
}

function longest({ prefixes }: Statement): number {
  return Math.max(...prefixes.map(prefix => Number(prefix.split('/')[1])));
}
