import path from 'node:path';
import type { Pod } from '../../../helpers/kube/resources.ts';
import { callPlugins, newContainerId } from './cni.ts';
import type { CiliumNode } from './node.ts';
import type { CiliumTree } from './tree.ts';

interface Attachment {
  readonly containerId: string;
  readonly netns: string;
}

/** The pods that Cilium's CNI plugin has attached, or tried to. */
export class Attachments {
  /** By pod's uid. */
  readonly #known = new Map<string, Attachment>();

  /** Returns the pod's address. @throws Error with the plugin's own message; asked again, it is for the same sandbox */
  async add(node: CiliumNode, tree: CiliumTree, pod: Pod, netns: string): Promise<string> {
    const key = pod.metadata.uid ?? '';
    const attachment = this.#known.get(key) ?? { containerId: newContainerId(), netns };
    this.#known.set(key, attachment);
    const address = await call('ADD', node, tree, pod, attachment);
    if (address === undefined) throw new Error(`pod ${pod.metadata.name} got no address`);
    return address;
  }

  /** A pod that is not known is no error. @throws Error with the plugin's own message */
  async remove(node: CiliumNode, tree: CiliumTree, pod: Pod, netns: string): Promise<void> {
    const key = pod.metadata.uid ?? '';
    const attachment = this.#known.get(key);
    if (attachment === undefined) return;
    await call('DEL', node, tree, pod, { ...attachment, netns });
    this.#known.delete(key);
  }
}

function call(
  command: 'ADD' | 'DEL',
  node: CiliumNode,
  tree: CiliumTree,
  pod: Pod,
  { containerId, netns }: Attachment,
): Promise<string | undefined> {
  const list = node.cniConfiguration;
  if (list === undefined) throw new Error('network is not ready: cni plugin not initialized');
  return callPlugins(list, { command, containerId, netns, pod }, async (type, env, input) => {
    const { code, stdout, stderr } = await node.exec([pluginIn(tree, type)], env, input);
    if (code === 0) return stdout;
    throw new Error(
      `plugin type="${type}" failed (${command.toLowerCase()}): ${errorIn(stdout) ?? stderr.trim()}`,
    );
  });
}

function pluginIn({ image, cni }: CiliumTree, type: string): string {
  if (type === 'cilium-cni' && image === undefined) return `/cilium/${path.basename(cni)}`;
  return `/opt/cni/bin/${type}`;
}

/** CNI plugins print their errors as JSON on standard output (CNI specification, section 5). */
function errorIn(stdout: string): string | undefined {
  try {
    const { msg, details } = JSON.parse(stdout) as { msg?: string; details?: string };
    return msg === undefined ? undefined : [msg, details].filter(Boolean).join(': ');
  } catch {
    return undefined;
  }
}
