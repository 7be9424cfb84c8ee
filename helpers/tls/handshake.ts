import { readFileSync } from 'node:fs';
import { type Executor, output } from '../exec.ts';
import { parseJson, Shape } from '../shape.ts';

export interface Knock {
  readonly address: string;
  readonly port: number;
  /** The name that the server's certificate must be for. */
  readonly serverName: string;
  /** PEM texts; nothing is presented without a pair. */
  readonly ca: string;
  readonly pair?: { readonly cert: string; readonly key: string };
}

const script = readFileSync(new URL('./handshake.py', import.meta.url), 'utf8');

/**
 * What becomes of a client at a TLS server, asked from a place that has Python: `admitted`, `turned away` by the
 * server's own word, or what else there was.
 * @throws ExecError when it could not be asked
 */
export async function knock(from: Executor, { pair, ...plan }: Knock): Promise<string> {
  const input = JSON.stringify({ ...plan, ...pair });
  // The script goes by argument and the keys by standard input: arguments are for everybody to see.
  const said = new Shape(
    'handshake.py',
    parseJson('handshake.py', await output(from, ['python3', '-c', script], { input })),
  );
  const failure = said.optionalString('failure');
  if (failure === 'alert') return 'turned away';
  if (failure !== undefined) return `${failure}: ${said.optionalString('detail') ?? ''}`;
  const answer = said.string('answer');
  return / 200( |$)/.test(answer) ? 'admitted' : answer;
}
