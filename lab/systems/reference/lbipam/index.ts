import { type LoadBalancerIpPool, loadBalancerIpPools } from '../../../../helpers/cilium/resources.ts';
import { type Service, services } from '../../../../helpers/kube/resources.ts';
import type { Condition } from '../../../../helpers/kube/types.ts';
import type { SystemContext } from '../../embedded.ts';
import { LbIpam, type ServiceAddresses } from './lbipam.ts';
import { satisfiedCondition, withCondition } from './outcome.ts';
import { countsOf, type Pool } from './pools.ts';
import { serviceKey } from './service-request.ts';

/**
 * Runs LB-IPAM as Cilium's operator does, until the answered function is called; started again, it goes on
 * from what the services' status says. Without any pool it sleeps: a service is not even told that it waits.
 */
export function startLbIpam(context: SystemContext): () => void {
  const { kube, faults } = context;
  let ipam: LbIpam | undefined;
  /** Services whose status is ours to write. */
  const served = new Set<string>();

  const writeService = (key: string): void => {
    const [namespace = '', name = ''] = key.split('/');
    const wanted = ipam?.addressesOf(key);
    if (wanted !== undefined) served.add(key);
    else if (!served.delete(key)) return;
    kube.updateStatus(services, name, namespace, draft => setServiceStatus(draft, wanted));
  };

  const write = (): void => {
    for (const service of kube.list(services)) writeService(serviceKey(service));
    for (const pool of ipam?.pools ?? [])
      kube.updateStatus(loadBalancerIpPools, pool.object.metadata.name, undefined, draft =>
        setPoolStatus(draft, pool),
      );
  };

  const wake = (): void => {
    const pools = kube.list(loadBalancerIpPools);
    if (pools.length === 0 && !faults.has('lbipam-allocates-without-pool')) return;
    ipam = new LbIpam(pools, kube.list(services), faults);
    write();
  };

  const onPool = (name: string, isStatusOnly: boolean): void => {
    if (isStatusOnly) return;
    // The object as it is now, not as the event has it: our own writes may be newer.
    const pool = kube.get(loadBalancerIpPools, name);
    if (ipam === undefined) wake();
    else if (pool === undefined) {
      ipam.deletePool(name);
      write();
      if (ipam.pools.length === 0 && !faults.has('lbipam-allocates-without-pool')) {
        ipam = undefined;
        served.clear();
      }
    } else {
      ipam.upsertPool(pool);
      write();
    }
  };

  const onService = (key: string, current: Service | undefined): void => {
    if (ipam === undefined) return;
    if (current === undefined) ipam.deleteService(key);
    else ipam.upsertService(current);
    write();
  };

  const exists = ({ metadata }: LoadBalancerIpPool): boolean =>
    kube.get(loadBalancerIpPools, metadata.name) !== undefined;

  wake();
  const stops = [
    kube.watch(loadBalancerIpPools, (_type, pool, previous) =>
      onPool(pool.metadata.name, previous !== undefined && sameSpec(pool, previous) && exists(pool)),
    ),
    kube.watch(services, (_type, service) =>
      onService(serviceKey(service), kube.get(services, service.metadata.name, service.metadata.namespace)),
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function sameSpec(one: LoadBalancerIpPool, other: LoadBalancerIpPool): boolean {
  return JSON.stringify(one.spec) === JSON.stringify(other.spec);
}

/** Second precision, as Kubernetes writes times. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function setServiceStatus(service: Service, wanted: ServiceAddresses | undefined): void {
  service.status ??= {};
  const { status } = service;
  const conditions = status.conditions ?? [];
  if (wanted === undefined) {
    status.loadBalancer = {};
    status.conditions = conditions.filter(({ type }) => type !== satisfiedCondition);
    return;
  }
  // Only what changed is written: an entry that stays keeps what else stands in it (ipMode).
  const before = status.loadBalancer?.ingress ?? [];
  const kept = before.filter(({ ip }) => wanted.addresses.includes(ip ?? ''));
  const added = wanted.addresses.filter(address => !kept.some(({ ip }) => ip === address));
  const ingress = [...kept, ...added.map(ip => ({ ip }))];
  status.loadBalancer = ingress.length === 0 ? {} : { ingress };
  const { satisfied, reason, message } = wanted.outcome;
  const condition = observed(satisfiedCondition, satisfied ? 'True' : 'False', reason, message, service);
  status.conditions = withCondition(conditions, condition, now());
}

function setPoolStatus(object: LoadBalancerIpPool, pool: Pool): void {
  const { total, used } = countsOf(pool);
  // The counts are messages, of conditions that are neither true nor false: Cilium's own form.
  const count = (type: string, value: number) =>
    observed(`cilium.io/${type}`, 'Unknown', 'noreason', String(value), object);
  const conflict =
    pool.conflict === undefined
      ? observed('cilium.io/PoolConflict', 'False', 'resolved', '', object)
      : observed('cilium.io/PoolConflict', 'True', 'cidr_overlap', pool.conflict, object);
  const conditions = [
    conflict,
    count('IPsTotal', total),
    count('IPsAvailable', total - used),
    count('IPsUsed', used),
  ];
  object.status ??= {};
  const { status } = object;
  for (const condition of conditions) status.conditions = withCondition(status.conditions, condition, now());
}

function observed(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  { metadata }: Service | LoadBalancerIpPool,
): Omit<Condition, 'lastTransitionTime'> {
  const { generation } = metadata;
  return {
    type,
    status,
    reason,
    message,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}
