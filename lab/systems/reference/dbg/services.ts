import { endpointSlices, services } from '../../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { type Frontend, frontendsOf } from '../datapath/frontends.ts';
import type { Faults } from '../faults.ts';
import type { MeshAgent } from '../mesh/agent.ts';
import { textTable } from './table.ts';

/** `cilium-dbg service list`: what the node translates (api/v1/models/service.go). */

export interface ServiceModel {
  readonly spec: {
    readonly 'backend-addresses':
      | readonly { ip: string; port: number; protocol: string; state: string }[]
      | null;
    readonly flags: { readonly type: string; readonly [other: string]: unknown };
    readonly 'frontend-address': {
      ip: string;
      port: number;
      protocol: string;
      scope: 'external' | 'internal';
    };
    readonly id: number;
  };
  readonly status: unknown;
}

export function serviceModels(
  kube: KubeClient,
  node: string,
  faults: Faults,
  mesh?: Pick<MeshAgent, 'services'>,
): ServiceModel[] {
  const slices = kube.list(endpointSlices);
  const nodeOf = new Map(
    slices.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ addresses, nodeName }) => addresses.map(address => [address, nodeName] as const)),
    ),
  );
  const all = kube.list(services);
  const frontends = frontendsOf(all, slices, {
    node,
    externalClusterIp: false,
    shared: service => mesh?.services(service) ?? [],
    faults,
  });
  const shown = frontends.flatMap(frontend => {
    const scope = scopeOf(frontend, frontends);
    return scope === undefined ? [] : [{ frontend, scope }];
  });
  return shown.map(({ frontend, scope }, index) => {
    const [namespace = '', name = ''] = frontend.service.replace(/:[^:]*$/, '').split('/');
    const { spec } =
      all.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace) ?? {};
    const external = spec?.externalTrafficPolicy ?? 'Cluster';
    const backends = frontend.backends.map(({ address, port }) => ({
      ip: address,
      ...(nodeOf.get(address) === undefined ? {} : { nodeName: nodeOf.get(address) }),
      port,
      preferred: true,
      protocol: frontend.protocol,
      state: 'active',
      weight: 100,
    }));
    const model: ServiceModel['spec'] = {
      'backend-addresses': backends.length === 0 ? null : backends,
      flags: {
        extTrafficPolicy: external,
        intTrafficPolicy: spec?.internalTrafficPolicy ?? 'Cluster',
        name,
        namespace,
        trafficPolicy: external,
        type: frontend.kind === 'ExternalIP' ? 'ExternalIPs' : frontend.kind,
      },
      'frontend-address': {
        ip: frontend.address === 'node' ? '0.0.0.0' : frontend.address,
        port: frontend.port,
        protocol: frontend.protocol,
        scope,
      },
      id: index + 1,
    };
    return { spec: model, status: { realized: model } };
  });
}

/** Two entries only where inside and outside are served differently: under policy Local. */
function scopeOf(frontend: Frontend, all: readonly Frontend[]): 'external' | 'internal' | undefined {
  const other = all.find(
    ({ scope, address, port, protocol }) =>
      scope !== frontend.scope &&
      address === frontend.address &&
      port === frontend.port &&
      protocol === frontend.protocol,
  );
  if (frontend.scope === 'outside' || other === undefined) return 'external';
  return other.sourceKept ? 'internal' : undefined;
}

export function servicesTable(models: readonly ServiceModel[]): string {
  const rows = models.flatMap(({ spec }) => {
    const { ip, port, protocol, scope } = spec['frontend-address'];
    const backends = (spec['backend-addresses'] ?? []).map(
      (backend, index) =>
        `${index + 1} => ${backend.ip}:${backend.port}/${backend.protocol} (${backend.state})`,
    );
    const [first = '', ...others] = backends;
    const frontend = `${ip}:${port}/${protocol}${scope === 'internal' ? '/i' : ''}`;
    return [[String(spec.id), frontend, spec.flags.type, first], ...others.map(other => ['', '', '', other])];
  });
  return textTable(['ID', 'Frontend', 'Service Type', 'Backend'], rows);
}
