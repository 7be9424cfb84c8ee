import { type Maker, sweepLab, takeDownLab } from './made-lab.ts';

/** The providers whose labs do not die with who made them. */
export type MadeProvider = 'kind' | 'vagrant';

export const isMadeProvider = (name: string): name is MadeProvider => name === 'kind' || name === 'vagrant';

/** What is done with any maker, whatever it remembers of its labs. */
interface Work<T> {
  // biome-ignore lint/style/useShorthandFunctionType: a generic method, which a function type in an argument cannot be
  <Details>(maker: Maker<Details>): T;
}

export async function withMaker<T>(provider: MadeProvider, work: Work<Promise<T>>): Promise<T> {
  return provider === 'kind'
    ? work((await import('../providers/kind/provider.ts')).maker())
    : work((await import('../providers/vagrant/provider.ts')).maker());
}

/** @throws Error naming what is left of the lab */
export const takeDown = (provider: MadeProvider, topology: string): Promise<void> =>
  withMaker(provider, maker => takeDownLab(maker, topology));

/** Removes what runs that are gone left; answers whether there was anything. */
export const sweep = (provider: MadeProvider, topology: string): Promise<boolean> =>
  withMaker(provider, maker => sweepLab(maker, topology));
