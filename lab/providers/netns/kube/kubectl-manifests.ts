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
export const widgets = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Parts', type: 'string', jsonPath: '.spec.parts[*].name', priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer', minimum: 1, description: 'How large it is.' },
                  parts: {
                    type: 'array',
                    items: { type: 'object', properties: { name: { type: 'string' } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
});
export const widget = (spec: object) =>
  JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' }, spec });
