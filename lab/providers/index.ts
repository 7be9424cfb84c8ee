import type { Provider, ProviderName } from '../provider.ts';

interface Entry {
  /** How many labs there can be at once: as many workers run claims. */
  readonly labs: number;
  /** Loaded when asked for, so that nobody needs what another provider needs. */
  load(): Promise<Provider>;
}

const providers: Readonly<Record<ProviderName, Entry>> = {
  netns: { labs: 2, load: async () => (await import('./netns/provider.ts')).netns },
  kind: { labs: 1, load: async () => (await import('./kind/provider.ts')).kind },
  vagrant: { labs: 1, load: async () => (await import('./vagrant/provider.ts')).vagrantProvider },
  existing: { labs: 1, load: async () => (await import('./existing/provider.ts')).existing },
};

/** The provider that `LAB` asks for; the embedded lab unless it does. @throws Error naming the providers there are */
export function chosenProvider(wanted = process.env.LAB ?? 'netns'): ProviderName {
  const known = Object.keys(providers) as ProviderName[];
  const found = known.find(name => name === wanted);
  if (found === undefined)
    throw new Error(`LAB=${wanted}: there is no such provider; there is ${known.join(', ')}`);
  return found;
}

export const loadProvider = (name: ProviderName = chosenProvider()): Promise<Provider> =>
  providers[name].load();

/** How many labs of the chosen provider can run side by side. */
export const labsAtOnce = (name: ProviderName = chosenProvider()): number => providers[name].labs;
