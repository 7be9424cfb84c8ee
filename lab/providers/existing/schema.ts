/** What may be asked of a user's cluster and machines beside creating objects of ours and looking. */
export const permissions = {
  'label-nodes': 'set the label enable-bgp on nodes, and take it off again',
  'drain-nodes': 'cordon nodes, and evict our pods from them',
  'node-network': 'add routes and addresses on nodes, and remove them',
  'router-neighbors': "make the nodes neighbours of the router's BGP, reset and remove these",
  'router-settings': "kernel settings, addresses and routes of the router, and FRR's other configuration",
  'restart-frr': 'restart FRR on the router',
  configure: 'change helm values of Cilium, and restart it with them',
  'read-secrets': "read Cilium's own Secrets in kube-system: its CA, and what Cluster Mesh logs in with",
  'restart-agents': "stop, kill and restart Cilium's agents and operator",
} as const;

export type Permission = keyof typeof permissions;

const text = { type: 'string', minLength: 1 } as const;
const address = { type: 'string', format: 'ipv4' } as const;
const prefix = { type: 'string', format: 'ipv4-prefix' } as const;
const port = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const asn = { type: 'integer', minimum: 1, maximum: 4_294_967_295 } as const;
const login = { user: text, identityFile: text, knownHosts: text, hostKey: text, port } as const;

const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

/** JSON schema of an inventory, the file LAB_INVENTORY names. Descriptions are in `lab.example.yaml`. */
export const inventorySchema = object(
  {
    topology: { enum: ['bgp', 'mesh'] },
    namespace: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' },
    clusters: {
      type: 'array',
      minItems: 1,
      items: object(
        {
          name: text,
          id: { type: 'integer', minimum: 0, maximum: 511 },
          kubeconfig: text,
          context: text,
          controlPlane: text,
          nodes: { type: 'array', minItems: 1, items: text, uniqueItems: true },
          asn,
          podCidr: prefix,
          podCidrMaskSize: { type: 'integer', minimum: 1, maximum: 32 },
          serviceCidr: prefix,
          release: object({ name: text, chart: text, repository: text }),
        },
        ['name', 'kubeconfig', 'controlPlane', 'nodes', 'serviceCidr'],
      ),
    },
    networks: { type: 'object', minProperties: 1, additionalProperties: prefix },
    ssh: object(login),
    hosts: {
      type: 'object',
      minProperties: 1,
      additionalProperties: object({ ...login, address }, ['address']),
    },
    router: object({ host: text, loopbacks: { type: 'array', items: text } }, ['host']),
    allow: { type: 'array', items: { enum: Object.keys(permissions) }, uniqueItems: true },
    disruptive: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Z0-9]+-[0-9]+$' },
      uniqueItems: true,
    },
  },
  ['topology', 'clusters', 'networks', 'hosts'],
);
