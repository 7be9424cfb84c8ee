import { matchesLabelSelector } from '../../../kubernetes/api/selectors.ts';
import type { NodeInstance } from '../operator/node-config.ts';
import { type DesiredInstance, familyOf, inOrder, type Peer } from './model.ts';
import { configuredPeers, type FamilyConfig } from './peers.ts';
import { PolicyTable, statementFor } from './policies.ts';
import { type Advertisement, servicePrefixes } from './services.ts';
import { isLastNode, type NodeView } from './view.ts';

/** What was worked out, prefix by prefix. */
interface Draft {
  readonly policies: PolicyTable;
  readonly paths: Set<string>;
}

/**
 * From custom resources, services and endpoints to what a node's BGP instance is to do (pkg/bgp/manager/reconciler).
 * @throws Error when the instance has no AS number, or a password cannot be had
 */
export function desiredInstance(instance: NodeInstance, view: NodeView): DesiredInstance {
  if (instance.localASN === undefined) throw new Error(`instance ${instance.name} has no localASN`);
  const peers = configuredPeers(instance, view);
  const draft: Draft = { policies: new PolicyTable(view), paths: new Set() };
  for (const { peer, families } of peers) {
    for (const family of families) advertise(draft, peer, family, view);
  }
  const { policies } = draft.policies;
  if (view.faults.has('cilium-18250') && policies.some(({ service }) => service !== undefined)) {
    for (const podCidr of view.podCidrs) draft.paths.delete(podCidr);
  }
  const withoutPolicies = view.faults.has('bgp-policy-missing');
  return {
    name: instance.name,
    asn: instance.localASN,
    routerId: instance.routerID ?? view.internalIp,
    listenPort: view.faults.has('bgp-node-listens-179') ? 179 : instance.localPort,
    peers: peers.map(({ peer }) => peer),
    policies: withoutPolicies ? [] : policies,
    paths: [...draft.paths].sort(inOrder),
    ...(withoutPolicies ? { exportsByDefault: true } : {}),
  };
}

/** Adds what a peer gets in one address family: the advertisements its peer config selects by label. */
function advertise(draft: Draft, peer: Peer, family: FamilyConfig, view: NodeView): void {
  const selected = view.advertisements
    .filter(({ metadata }) => matchesLabelSelector(family.advertisements, metadata.labels))
    .flatMap(({ spec }) => spec.advertisements);
  const everything: Advertisement[] =
    view.faults.has('bgp-advertises-everything') && selected.length === 0
      ? [{ advertisementType: 'PodCIDR' }]
      : [];
  for (const advertisement of [...selected, ...everything]) {
    if (advertisement.advertisementType === 'PodCIDR')
      advertisePodCidrs(draft, peer, family, advertisement, view);
    if (advertisement.advertisementType === 'Service')
      advertiseServices(draft, peer, family, advertisement, view);
  }
}

function advertisePodCidrs(
  draft: Draft,
  peer: Peer,
  family: FamilyConfig,
  advertisement: Advertisement,
  view: NodeView,
): void {
  const prefixes = [...view.podCidrs, ...wrongPrefixes(view)].filter(
    prefix => familyOf(prefix) === family.afi,
  );
  if (prefixes.length === 0) return;
  for (const prefix of prefixes) draft.paths.add(prefix);
  draft.policies.add(
    `${peer.name}-${family.afi}-PodCIDR`,
    statementFor(peer.address, prefixes.sort(inOrder), advertisement, view),
  );
}

/** What a faulty node advertises beside its own PodCIDR. */
function wrongPrefixes(view: NodeView): string[] {
  const { faults, cluster } = view;
  return [
    ...(faults.has('bgp-advertises-whole-pod-range') && isLastNode(view) ? [cluster.podCidr] : []),
    ...(faults.has('bgp-advertises-foreign-podcidr') && isLastNode(view) ? view.firstPodCidrs : []),
    ...(faults.has('bgp-leaked-prefix') ? [cluster.serviceCidr] : []),
    // The range of the report: Cilium's default for a cluster that configures none.
    ...(faults.has('cilium-28632') ? ['10.187.0.0/16'] : []),
  ];
}

function advertiseServices(
  draft: Draft,
  peer: Peer,
  family: FamilyConfig,
  advertisement: Advertisement,
  view: NodeView,
): void {
  for (const service of view.services) {
    const { name, namespace = 'default' } = service.metadata;
    for (const [kind, all] of servicePrefixes(service, advertisement, view)) {
      const prefixes = all.filter(prefix => familyOf(prefix) === family.afi);
      if (prefixes.length === 0) continue;
      for (const prefix of prefixes) draft.paths.add(prefix);
      draft.policies.add(
        `${peer.name}-${family.afi}-Service-${name}-${namespace}-${kind}`,
        statementFor(peer.address, prefixes, advertisement, view),
        `${namespace}/${name}`,
      );
    }
  }
}
