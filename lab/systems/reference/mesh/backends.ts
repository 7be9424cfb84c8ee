import type { Service, ServicePort } from '../../../../helpers/kube/resources.ts';
import type { Backend } from '../backend.ts';
import type { Faults } from '../faults.ts';
import { affinityOf, isAffinitySpeltOut, isGlobal } from './annotations.ts';
import type { ServiceValue } from './state.ts';

/** The backends that other clusters share for a port of a service: by the port's name, as two ports may lead to one target. */
export function remoteBackends(
  service: Service,
  port: ServicePort,
  shared: readonly ServiceValue[],
  faults: Faults,
): Backend[] {
  if (!isGlobal(service) && !faults.has('mesh-takes-unasked')) return [];
  if (faults.has('mesh-remote-backends-missing')) return [];
  const name = port.name ?? '';
  return shared
    .flatMap(({ backends }) =>
      Object.entries(backends).flatMap(([address, ports]) => {
        const found = ports[name];
        if (found === undefined || found.Protocol !== (port.protocol ?? 'TCP')) return [];
        const first = Object.keys(ports).find(each => ports[each]?.Port === found.Port);
        if (faults.has('cilium-45109') && first !== name) return [];
        return [{ address, port: found.Port }];
      }),
    )
    .sort((one, other) => one.address.localeCompare(other.address) || one.port - other.port);
}

/** Which of its backends a global service uses (pkg/clustermesh/selectbackends.go; Documentation, "Service Affinity"). */
export function preferred(
  service: Service,
  local: readonly Backend[],
  remote: readonly Backend[],
  faults: Faults,
): Backend[] {
  if (faults.has('mesh-no-failover') && local.length === 0) return [];
  if (faults.has('cilium-46623') && isAffinitySpeltOut(service)) return [...local];
  const affinity = faults.has('mesh-affinity-ignored') ? 'none' : affinityOf(service);
  const strict = faults.has('mesh-affinity-strict');
  if (affinity === 'local' && (local.length > 0 || strict)) return [...local];
  if (affinity === 'remote' && (remote.length > 0 || strict)) return [...remote];
  return [...local, ...remote];
}
