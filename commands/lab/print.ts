import { readRecording } from '../../lab/providers/existing/footprint.ts';
import { chosenInventory, type Inventory } from '../../lab/providers/existing/inventory.ts';
import { manifest, recordedNamespace, rulesFor } from '../../lab/providers/existing/rbac.ts';
import { parseRequest } from '../../lab/providers/existing/summarise.ts';
import { claimById, claims } from '../../tests/catalogue/index.ts';
import { planOf } from './plan.ts';

/** `npm run lab -- plan [CLAIM…]` @throws InventoryError, or Error for a claim there is not */
export function printPlan(ids: readonly string[]): string {
  const wanted = ids.length === 0 ? claims.filter(claim => claim.planned === undefined) : ids.map(claimById);
  return planOf(chosenInventory(), wanted, readRecording());
}

/**
 * `npm run lab -- rbac [NAMESPACE]`: a manifest with its instructions as comments, to be piped into kubectl as it is. For
 * the topology of the inventory, where there is one.
 */
export function printRights(
  namespace = recordedNamespace,
  topology: Inventory['topology'] = process.env.LAB_INVENTORY === undefined
    ? 'bgp'
    : chosenInventory().topology,
): string {
  return [
    `# As the cluster’s administrator${topology === 'mesh' ? ', in each cluster' : ''}:`,
    `#   npm run --silent lab -- rbac ${namespace} | kubectl apply -f -`,
    '# Then a kubeconfig for the inventory, good for eight hours:',
    '#   kubectl config view --minify --flatten > least.kubeconfig',
    '#   kubectl --kubeconfig least.kubeconfig config unset users',
    `#   kubectl --kubeconfig least.kubeconfig config set-credentials suite --token "$(kubectl -n ${namespace} create token cilium-conformance --duration 8h)"`,
    '#   kubectl --kubeconfig least.kubeconfig config set-context --current --user suite',
    '# Claims that change helm values or restart agents need, beside, what helm and kubectl need for that.',
    manifest(rulesFor(readRecording().requests[topology].map(parseRequest)), namespace),
  ].join('\n');
}
