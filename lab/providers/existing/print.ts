import { claimById, claims } from '../../../reports/catalogue/index.ts';
import { readRecording } from './footprint.ts';
import { chosenInventory } from './inventory.ts';
import { planOf } from './plan.ts';
import { manifest, recordedNamespace, rulesFor } from './rbac.ts';
import { parseRequest } from './summarise.ts';

/** `npm run lab -- plan [CLAIM…]` @throws InventoryError, or Error for a claim there is not */
export function printPlan(ids: readonly string[]): string {
  const wanted = ids.length === 0 ? claims.filter(claim => claim.planned === undefined) : ids.map(claimById);
  return planOf(chosenInventory(), wanted, readRecording());
}

/** `npm run lab -- rbac [NAMESPACE]`: a manifest with its instructions as comments, to be piped into kubectl as it is. */
export function printRights(namespace = recordedNamespace): string {
  return [
    '# As the cluster’s administrator:',
    `#   npm run --silent lab -- rbac ${namespace} | kubectl apply -f -`,
    '# Then a kubeconfig for the inventory, good for eight hours:',
    '#   kubectl config view --minify --flatten > least.kubeconfig',
    '#   kubectl --kubeconfig least.kubeconfig config unset users',
    `#   kubectl --kubeconfig least.kubeconfig config set-credentials suite --token "$(kubectl -n ${namespace} create token cilium-conformance --duration 8h)"`,
    '#   kubectl --kubeconfig least.kubeconfig config set-context --current --user suite',
    '# Claims that change helm values or restart agents need, beside, what helm and kubectl need for that.',
    manifest(rulesFor(readRecording().requests.map(parseRequest)), namespace),
  ].join('\n');
}
