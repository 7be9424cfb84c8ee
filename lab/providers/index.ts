import type { Provider, ProviderName } from '../contract/provider.ts';

interface Entry {
  /** How many labs there can be at once: as many workers run claims. */
  readonly labs: number;
  /** How long one may take to come up, in milliseconds: images and boxes are fetched the first time. */
  readonly startMs: number;
  /** Loaded when asked for, so that nobody needs what another provider needs. */
  load(): Promise<Provider>;
}

const minute = 60_000;

const providers: Readonly<Record<ProviderName, Entry>> = {
  netns: { labs: 2, startMs: 10 * minute, load: async () => (await import('./netns/provider.ts')).netns },
  kind: { labs: 1, startMs: 45 * minute, load: async () => (await import('./kind/provider.ts')).kind },
  vagrant: {
    labs: 1,
    startMs: 90 * minute,
    load: async () => (await import('./vagrant/provider.ts')).vagrantProvider,
  },
  existing: {
    labs: 1,
    startMs: 10 * minute,
    load: async () => (await import('./existing/provider.ts')).existing,
  },
};

const wantedProvider = (): string => process.env.LAB ?? 'netns';

/** The provider that `LAB` asks for; the embedded lab unless it does. @throws Error naming the providers there are */
export function chosenProvider(wanted = wantedProvider()): ProviderName {
  const known = Object.keys(providers) as ProviderName[];
  const found = known.find(name => name === wanted);
  if (found === undefined)
    throw new Error(`LAB=${wanted}: there is no such provider; there is ${known.join(', ')}`);
  return found;
}

export const loadProvider = (name: ProviderName = chosenProvider()): Promise<Provider> =>
  providers[name].load();

/** The entry that `LAB` names; the embedded lab's where there is none of that name, which starting a lab then reports. */
function wantedEntry(): Entry {
  const found = Object.entries(providers).find(([name]) => name === wantedProvider());
  return found?.[1] ?? providers.netns;
}

/** How many labs of the chosen provider can run side by side. */
export const labsAtOnce = (): number => wantedEntry().labs;

export const labStartMs = (): number => wantedEntry().startMs;
