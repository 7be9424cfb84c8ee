import type { HelmValues } from '../../../../helpers/cilium/chart.ts';
import type { SystemContext } from '../../embedded.ts';
import { L2Announcer } from './announcer.ts';
import { ArpResponder } from './responder.ts';
import { l2Settings } from './settings.ts';

/** L2 announcements of a cluster's agents. */
export class L2Announcements {
  readonly #context: SystemContext;
  readonly #responders: ReadonlyMap<string, ArpResponder>;
  readonly #announcers = new Map<string, L2Announcer>();
  #settings = l2Settings({});

  constructor(context: SystemContext) {
    this.#context = context;
    this.#responders = new Map([...context.nodes].map(([name, host]) => [name, new ArpResponder(host)]));
  }

  startAgent(node: string): void {
    const responder = this.#responders.get(node);
    if (responder === undefined || this.#announcers.has(node)) return;
    const announcer = new L2Announcer(this.#context, node, responder, this.#settings);
    this.#announcers.set(node, announcer);
    announcer.start();
  }

  async killAgent(node: string): Promise<void> {
    const announcer = this.#announcers.get(node);
    this.#announcers.delete(node);
    await announcer?.kill();
  }

  async configure(values: HelmValues): Promise<void> {
    const off = this.#context.faults.has('l2-not-enabled');
    this.#settings = l2Settings(off ? {} : values);
    await Promise.all([...this.#announcers.values()].map(announcer => announcer.configure(this.#settings)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#announcers.values()].map(announcer => announcer.stop()));
    this.#announcers.clear();
  }
}
