/**
 * What a claim's test hands over as evidence and the report draws. Anything else (a text, another JSON value) is
 * shown as text; a capture (`application/vnd.tcpdump.pcap`) is shown decoded. Times are milliseconds from the
 * test's own zero. See fixtures/evidence.ts for what makes these from wires and probes.
 */
export type Evidence =
  | TableEvidence
  | ExactEvidence
  | ChangeEvidence
  | TallyEvidence
  | TimelineEvidence
  | PacketsEvidence
  | AnswersEvidence;

export type Cell = string | number;

export interface TableEvidence {
  readonly kind: 'table';
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/**
 * What an exact comparison saw. Several of one name in a test are looks at the same thing, one after the other: the
 * report shows what changed from one to the next.
 */
export interface ExactEvidence {
  readonly kind: 'exact';
  readonly expected: readonly string[];
  readonly observed: readonly string[];
  /** How it failed, in a sentence; absent when it did not. */
  readonly failure?: string;
}

/** A table before and after something happened: rows that went, came and stayed are told apart. */
export interface ChangeEvidence {
  readonly kind: 'change';
  /** What happened in between, e.g. `k8s-w1 lost its last backend`. */
  readonly what: string;
  readonly columns: readonly string[];
  readonly before: readonly (readonly Cell[])[];
  readonly after: readonly (readonly Cell[])[];
}

/** How often each outcome was seen, e.g. requests by next hop: drawn as bars. */
export interface TallyEvidence {
  readonly kind: 'tally';
  readonly counts: Readonly<Record<string, number>>;
  /** Of the chi-square test against the spread expected, where one was made. */
  readonly pValue?: number;
}

/** What happened when: convergence, an outage. */
export interface TimelineEvidence {
  readonly kind: 'timeline';
  readonly events: readonly TimelineEvent[];
}

export interface TimelineEvent {
  readonly atMs: number;
  /** With an end it is a span, drawn as a bar. */
  readonly untilMs?: number;
  readonly what: string;
  /** Whose event it is: a host, a session. */
  readonly lane?: string;
}

/** Who saw what: a row for each packet, a column for each place where it could have been seen. */
export interface PacketsEvidence {
  readonly kind: 'packets';
  /** In the order of the path, e.g. `k8s-ctr eth1`. */
  readonly points: readonly string[];
  readonly packets: readonly {
    readonly what: string;
    readonly atMs?: number;
    /** By point, how it looked there (`Geneve to k8s-w1, DSR option 172.16.1.1:80`). A point left out did not see it. */
    readonly seen: Readonly<Record<string, string>>;
  }[];
}

/** A stream of requests over time, by who answered: a failover is seen in it. */
export interface AnswersEvidence {
  readonly kind: 'answers';
  readonly answers: readonly {
    readonly atMs: number;
    /** Who answered, e.g. `west/webpod-7f9`; absent when nobody did. */
    readonly by?: string;
    readonly failure?: string;
  }[];
  /** What was done meanwhile, e.g. `scaled to 0`. */
  readonly events?: readonly { readonly atMs: number; readonly what: string }[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is of one of the kinds. A file may be of another version of the suite: it is looked at before it is drawn. */
export function isEvidence(value: unknown): value is Evidence {
  return isFields(value) && typeof value.kind === 'string' && (checks[value.kind]?.(value) ?? false);
}

const checks: Readonly<Record<string, (value: Fields) => boolean>> = {
  table: ({ columns, rows }) => isColumns(columns) && isRows(rows),
  exact: ({ expected, observed, failure }) =>
    isColumns(expected) && isColumns(observed) && (failure === undefined || typeof failure === 'string'),
  change: ({ what, columns, before, after }) =>
    typeof what === 'string' && isColumns(columns) && isRows(before) && isRows(after),
  tally: ({ counts, pValue }) =>
    isFields(counts) &&
    Object.values(counts).every(Number.isFinite) &&
    (pValue === undefined || Number.isFinite(pValue)),
  timeline: ({ events }) =>
    isList(
      events,
      event =>
        isAt(event) && (event.untilMs === undefined || Number.isFinite(event.untilMs)) && isTold(event),
    ),
  packets: ({ points, packets }) =>
    isColumns(points) &&
    isList(
      packets,
      packet =>
        isTold(packet) &&
        isFields(packet.seen) &&
        Object.values(packet.seen).every(how => typeof how === 'string'),
    ),
  answers: ({ answers, events = [] }) =>
    isList(
      answers,
      answer =>
        isAt(answer) &&
        [answer.by, answer.failure].every(text => text === undefined || typeof text === 'string'),
    ) && isList(events, event => isAt(event) && isTold(event)),
};

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown, is: (item: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every(item => isFields(item) && is(item));
}

const isAt = ({ atMs }: Fields): boolean => Number.isFinite(atMs);
const isTold = ({ what }: Fields): boolean => typeof what === 'string';

function isColumns(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}

function isRows(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      row => Array.isArray(row) && row.every(cell => typeof cell === 'string' || Number.isFinite(cell)),
    )
  );
}
