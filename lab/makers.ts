import { takeDownLab } from './made-lab.ts';

/** The providers whose labs do not die with who made them, and how these are taken down. */
export const makers = {
  kind: async (topology: string) =>
    takeDownLab((await import('./providers/kind/provider.ts')).maker(), topology),
  vagrant: async (topology: string) =>
    takeDownLab((await import('./providers/vagrant/provider.ts')).maker(), topology),
} as const;

/** @throws Error naming the providers there are, or what is left of the lab */
export async function takeDown(provider: string, topology: string): Promise<void> {
  if (provider !== 'kind' && provider !== 'vagrant') {
    throw new Error(
      `no labs of provider "${provider}" are taken down here; it is ${Object.keys(makers).join(' or ')}`,
    );
  }
  await makers[provider](topology);
}
