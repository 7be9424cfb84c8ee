import { MadeLabs } from '../../lifecycle/made-state.ts';
import type { SshLogin } from '../ssh-host.ts';

export interface VagrantDetails {
  /** By machine. */
  readonly logins: Readonly<Record<string, SshLogin>>;
  /** By cluster: kubeadm's own, with credentials, for the control plane's address in the lab. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
}

export const vagrantLabs = new MadeLabs<VagrantDetails>('vagrant');
