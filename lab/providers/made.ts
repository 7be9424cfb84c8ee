import type { MadeLabProvider } from '../lifecycle/made-lab.ts';

/** The providers whose labs do not end with the process that made them. */
const load = {
  kind: async () => (await import('./kind/provider.ts')).kind,
  vagrant: async () => (await import('./vagrant/provider.ts')).vagrantProvider,
} satisfies Record<string, () => Promise<MadeLabProvider>>;

export type MadeProviderName = keyof typeof load;

export const isMadeProvider = (name: string): name is MadeProviderName => name in load;

export const madeProvider = (name: MadeProviderName): Promise<MadeLabProvider> => load[name]();
