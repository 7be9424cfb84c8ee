import { Readable } from 'node:stream';
import type { LogOptions } from '../api/hooks.ts';

interface Line {
  readonly at: Date;
  readonly text: string;
}

const keptBytes = 1024 * 1024;

/** What one run of a container has printed; its oldest lines are dropped past a megabyte. */
export class ContainerLog {
  readonly #lines: Line[] = [];
  readonly #followers = new Set<{ line: (line: Line) => void; end: () => void }>();
  #partial = '';
  #bytes = 0;
  #ended = false;

  write(chunk: string): void {
    const parts = (this.#partial + chunk).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const text of parts) this.#add(text);
  }

  end(): void {
    if (this.#partial !== '') this.#add(this.#partial);
    this.#ended = true;
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
  }

  #add(text: string): void {
    const line = { at: new Date(), text };
    this.#lines.push(line);
    this.#bytes += text.length + 1;
    while (this.#bytes > keptBytes) this.#bytes -= (this.#lines.shift()?.text.length ?? 0) + 1;
    for (const follower of this.#followers) follower.line(line);
  }

  read({ follow, tailLines, timestamps, sinceSeconds }: LogOptions): Readable {
    const since = Date.now() - (sinceSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    const recent = this.#lines.filter(line => line.at.getTime() >= since);
    const wanted = tailLines === undefined ? recent : tailLines === 0 ? [] : recent.slice(-tailLines);
    const print = ({ at, text }: Line): string => `${timestamps ? `${at.toISOString()} ` : ''}${text}\n`;
    if (!follow || this.#ended) return Readable.from(wanted.map(print), { objectMode: false });
    const follower = {
      line: (line: Line): void => {
        stream.push(print(line));
      },
      end: (): void => {
        stream.push(null);
      },
    };
    const stream = new Readable({
      read: () => {},
      destroy: (error, done) => {
        this.#followers.delete(follower);
        done(error);
      },
    });
    for (const line of wanted) stream.push(print(line));
    this.#followers.add(follower);
    return stream;
  }
}
