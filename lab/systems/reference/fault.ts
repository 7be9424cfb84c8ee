/**
 * A deliberate deviation, to show that a check can fail. Each is implemented where the behaviour it breaks lives.
 */
export interface Fault {
  readonly name: string;
  readonly description: string;
  /** Claims that must turn red. */
  readonly kills?: readonly string[];
  /** Claims that may turn red with it: they look at what it breaks too. Everything else it must leave green. */
  readonly may?: readonly string[];
  /** Claims that can no longer be judged, because the lab is broken: they must be inconclusive. */
  readonly blinds?: readonly string[];
  /**
   * What the message of the failing claim must name: the leaked prefix, the next hop too many. A claim that fails with
   * another message was killed for the wrong reason. One for all, or one for each claim it kills.
   */
  readonly because?: RegExp | Readonly<Record<string, RegExp>>;
}

/** The switched-on faults. */
export type Faults = ReadonlySet<string>;

/** `kills` are ids with blanks between them, and after `may` those that may turn red with them: `BGP-01 may BGP-05`. */
export function table<Name extends string>(
  rows: readonly (readonly [name: Name, kills: string, description: string, because?: Fault['because']])[],
): readonly (Fault & { readonly name: Name; readonly kills: readonly string[] })[] {
  return rows.map(([name, claims, description, because]) => {
    const [kills = '', may] = claims.split(' may ');
    return {
      name,
      description,
      kills: kills.split(' '),
      ...(may === undefined ? {} : { may: may.split(' ') }),
      ...(because === undefined ? {} : { because }),
    };
  });
}

/** The failing check found this row too many. */
export const tooMany = (row: string): RegExp => new RegExp(`too many:\\s[\\s\\S]*${row}`);

/** The failing check missed this row. */
export const missing = (row: string): RegExp => new RegExp(`missing:\\s(?:(?!too many:)[\\s\\S])*${row}`);
