import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { connectKube, type KubeApi, KubeError } from '../../../helpers/kube/client.ts';
import { accessOf } from '../../../helpers/kube/resource-path.ts';
import type { Inventory, InventoryCluster } from './inventory.ts';
import { rulesFor } from './rbac.ts';

/** The kubeconfig of a cluster with the inventory's context as the current one. @throws Error naming the contexts there are */
export function kubeconfigOf(cluster: InventoryCluster): string {
  return contextOf(cluster).exportConfig();
}

function contextOf({ name, kubeconfig: file, context }: InventoryCluster): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cluster ${name}: the kubeconfig cannot be read: ${file}: ${messageOf(error)}`);
  }
  const known = config.getContexts().map(each => each.name);
  const wanted = context ?? config.getCurrentContext();
  if (!known.includes(wanted))
    throw new Error(
      `cluster ${name}: ${file} has no context ${wanted}; it has ${known.join(', ')}. Name one of them in the inventory (context)`,
    );
  config.setCurrentContext(wanted);
  return config;
}

/** Connects with a cluster as the inventory says. */
export function connectTo(
  inventory: Inventory,
  name: string,
  onRequest: (method: string, path: string) => void = () => {},
): KubeApi {
  const cluster = inventory.clusters.find(each => each.name === name);
  if (cluster === undefined) throw new Error(`${inventory.file} has no cluster ${name}`);
  const config = contextOf(cluster);
  const server = config.getCurrentCluster()?.server ?? 'no server';
  return connectKube(config.exportConfig(), {
    onRequest,
    explain: (error, method, path) =>
      error instanceof KubeError
        ? explainRefusal(error, { method, path, inventory, cluster: name })
        : new Error(
            `cluster ${name}: ${server}, of ${cluster.kubeconfig}, does not answer: ${error.message}. ` +
              `See whether this does: kubectl --kubeconfig ${cluster.kubeconfig} get nodes`,
          ),
  });
}

/** A refusal is about rights: which rule would grant it, and where those are that suffice. Other answers are left as they are. */
export function explainRefusal(
  error: KubeError,
  request: {
    readonly method: string;
    readonly path: string;
    readonly inventory: Pick<Inventory, 'topology' | 'namespace'>;
    readonly cluster: string;
  },
): KubeError {
  if (error.code !== 403 && error.code !== 401) return error;
  const { method, path, inventory, cluster } = request;
  const access = accessOf(method, path);
  const [[scope = '', rules = []] = []] = Object.entries(access === undefined ? {} : rulesFor([access]));
  const kind = scope === '' ? 'a ClusterRole' : `a Role in namespace ${scope}`;
  const list = (words: readonly string[]): string => `[${words.map(word => `"${word}"`).join(', ')}]`;
  const missing = rules.map(
    ({ apiGroups, resources, verbs }) =>
      `  it takes, in ${kind}: apiGroups: ${list(apiGroups)}, resources: ${list(resources)}, verbs: ${list(verbs)}`,
  );
  const why =
    error.code === 401
      ? [
          '  the API server does not take the user of the kubeconfig: its token or certificate may have run out',
        ]
      : missing;
  const file = `lab/providers/existing/${manifestFile(inventory.topology)}`;
  return new KubeError(
    `cluster ${cluster}: ${error.message}\n${why.join('\n')}\n  all the rights that suffice are in ${file}: LAB_INVENTORY=… npm run lab -- rbac ${inventory.namespace} says how to give them`,
    error.code,
  );
}

/** Where the least rights for a topology's claims are. */
export const manifestFile = (topology: Inventory['topology']): string =>
  topology === 'bgp' ? 'rbac.yaml' : `rbac-${topology}.yaml`;

/** Where that manifest is. */
export const manifestUrl = (topology: Inventory['topology']): URL =>
  new URL(`./${manifestFile(topology)}`, import.meta.url);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
