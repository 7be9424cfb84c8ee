import { widgetDefinition } from './widget.sample.ts';

/** What kubectl is given to apply. */

export const deployment = (replicas: number, extra: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'webpod', ...extra },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'webpod' } },
      template: {
        metadata: { labels: { app: 'webpod' } },
        spec: {
          containers: [{ name: 'webpod', image: 'traefik/whoami', ports: [{ containerPort: 80 }] }],
        },
      },
    },
  });
export const service = (spec: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'webpod' },
    spec: { type: 'LoadBalancer', selector: { app: 'webpod' }, ports: [{ port: 80 }], ...spec },
  });
export const widgets = JSON.stringify(widgetDefinition);
export const widget = (spec: object) =>
  JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' }, spec });
