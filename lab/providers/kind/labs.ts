import path from 'node:path';
import { MadeLabs } from '../../lifecycle/made-state.ts';

export interface KindDetails {
  /** Prefixes that had to be others than the topology's, by network. */
  readonly prefixes: Readonly<Record<string, string>>;
}

export const kindLabs = new MadeLabs<KindDetails>('kind');

export const kubeconfigFile = (topology: string, cluster: string): string =>
  path.join(kindLabs.directory(topology), `${cluster}.kubeconfig`);
