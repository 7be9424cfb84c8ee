import type { CustomResourceDefinition } from '../../../../helpers/kube/resources.ts';
import type { Faults } from '../faults.ts';
import * as bgp from './bgp.ts';
import * as cilium from './cilium.ts';

export { celRules } from './rules.ts';

/** As `definitions`, as a faulty operator registers them. */
export function definitionsWith(faults: Faults): readonly CustomResourceDefinition[] {
  if (!faults.has('lbipam-takes-cidrs')) return definitions;
  return definitions.map(definition =>
    definition === cilium.loadBalancerIpPools ? cilium.loadBalancerIpPoolsTakingCidrs : definition,
  );
}

/** The definitions that Cilium's operator registers when it starts, as far as the reference system has them. */
export const definitions: readonly CustomResourceDefinition[] = [
  bgp.clusterConfigs,
  bgp.peerConfigs,
  bgp.advertisements,
  bgp.nodeConfigs,
  bgp.nodeConfigOverrides,
  cilium.loadBalancerIpPools,
  cilium.l2AnnouncementPolicies,
  cilium.nodes,
  cilium.endpoints,
  cilium.identities,
  cilium.networkPolicies,
];
