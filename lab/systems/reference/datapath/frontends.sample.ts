import type { Frontend } from './frontends.ts';

/** A service's external address with a backend on each of two nodes, for unit tests. */
export function sampleFrontend(more: Partial<Frontend> = {}): Frontend {
  return {
    service: 'default/webpod:80',
    kind: 'LoadBalancer',
    scope: 'outside',
    address: '172.16.1.1',
    port: 80,
    protocol: 'TCP',
    backends: [
      { address: '172.20.0.5', port: 80 },
      { address: '172.20.1.5', port: 80 },
    ],
    draining: [],
    sourceKept: false,
    affinity: false,
    ...more,
  };
}
