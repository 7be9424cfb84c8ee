import type { Service, ServicePort } from '../../../../../helpers/kube/resources.ts';
import type { Backend } from '../datapath/frontends.ts';
import type { Faults } from '../faults.ts';
import { affinityOf, isGlobal } from './annotations.ts';
import type { ServiceValue } from './state.ts';

/** The backends that other clusters share for a port of a service: by the port's name, as two ports may lead to one target. */
export function remoteBackends(
  service: Service,
  port: ServicePort,
  shared: readonly ServiceValue[],
  _faults: Faults,
): Backend[] {
  if (!isGlobal(service)) return [];
  return shared
    .flatMap(({ backends }) =>
      Object.entries(backends).flatMap(([address, ports]) => {
        const found = ports[port.name ?? ''];
        return found === undefined || found.Protocol !== (port.protocol ?? 'TCP')
          ? []
          : [{ address, port: found.Port }];
      }),
    )
    .sort((one, other) => one.address.localeCompare(other.address) || one.port - other.port);
}

/** Which of its backends a global service uses (pkg/clustermesh/selectbackends.go; Documentation, "Service Affinity"). */
export function preferred(
  service: Service,
  local: readonly Backend[],
  remote: readonly Backend[],
  _faults: Faults,
): Backend[] {
  const affinity = affinityOf(service);
  if (affinity === 'local' && local.length > 0) return [...local];
  if (affinity === 'remote' && remote.length > 0) return [...remote];
  return [...local, ...remote];
}
