import { customResource } from './definition.ts';
import {
  boolean,
  conditions,
  int64,
  labelSelector,
  list,
  mapOf,
  object,
  oneOf,
  open,
  type Schema,
  string,
} from './schema.ts';

/** Cilium's other resources, as far as the lab and its users deal with them. Fields of cloud providers are left open. */

const poolFields = {
  allowFirstLastIPs: oneOf('Yes', 'No'),
  blocks: list(object({ cidr: string({ format: 'cidr' }), start: string(), stop: string() })),
  disabled: boolean({ default: false }),
  serviceSelector: labelSelector,
};

const poolsOf = (spec: Schema) =>
  customResource({
    kind: 'CiliumLoadBalancerIPPool',
    plural: 'ciliumloadbalancerippools',
    shortNames: ['ippools', 'ippool', 'lbippool', 'lbippools'],
    columns: [
      ['Disabled', 'boolean', '.spec.disabled'],
      ['Conflicting', 'string', '.status.conditions[?(@.type=="cilium.io/PoolConflict")].status'],
      ['IPs Available', 'string', '.status.conditions[?(@.type=="cilium.io/IPsAvailable")].message'],
    ],
    versions: [
      { name: 'v2', spec, status: object({ conditions }) },
      { name: 'v2alpha1', spec, status: object({ conditions }), deprecated: true },
    ],
  });

export const loadBalancerIpPools = poolsOf(object(poolFields));

/** The fault `lbipam-takes-cidrs`: with the field that blocks took the place of. */
export const loadBalancerIpPoolsTakingCidrs = poolsOf(
  object({ ...poolFields, cidrs: list(object({ cidr: string({ format: 'cidr' }) })) }),
);

export const l2AnnouncementPolicies = customResource({
  kind: 'CiliumL2AnnouncementPolicy',
  plural: 'ciliuml2announcementpolicies',
  shortNames: ['l2announcement'],
  versions: [
    {
      name: 'v2alpha1',
      status: object({ conditions }),
      fields: {
        spec: object({
          externalIPs: boolean(),
          loadBalancerIPs: boolean(),
          interfaces: list(string()),
          nodeSelector: labelSelector,
          serviceSelector: labelSelector,
        }),
      },
    },
  ],
});

const addressPair = object({ ipv4: string(), ipv6: string() });

export const nodes = customResource({
  kind: 'CiliumNode',
  plural: 'ciliumnodes',
  shortNames: ['cn', 'ciliumn'],
  columns: [
    ['CiliumInternalIP', 'string', '.spec.addresses[?(@.type=="CiliumInternalIP")].ip'],
    ['InternalIP', 'string', '.spec.addresses[?(@.type=="InternalIP")].ip'],
  ],
  versions: [
    {
      name: 'v2',
      spec: object(
        {
          addresses: list(object({ ip: string(), type: string() })),
          bootid: string(),
          encryption: object({ key: int64() }),
          health: addressPair,
          ingress: addressPair,
          'instance-id': string(),
          nodeidentity: int64(),
          ipam: object({ podCIDRs: list(string()) }, { 'x-kubernetes-preserve-unknown-fields': true }),
        },
        { 'x-kubernetes-preserve-unknown-fields': true },
      ),
      status: open(),
    },
  ],
});

const endpointStates = [
  ...['creating', 'waiting-for-identity', 'not-ready', 'waiting-to-regenerate', 'regenerating'],
  ...['restoring', 'ready', 'disconnecting', 'disconnected', 'invalid'],
];

export const endpoints = customResource({
  kind: 'CiliumEndpoint',
  plural: 'ciliumendpoints',
  shortNames: ['cep', 'ciliumep'],
  scope: 'Namespaced',
  columns: [
    ['Security Identity', 'integer', '.status.identity.id'],
    ['Endpoint State', 'string', '.status.state'],
    ['IPv4', 'string', '.status.networking.addressing[0].ipv4'],
    ['IPv6', 'string', '.status.networking.addressing[0].ipv6'],
  ],
  versions: [
    {
      name: 'v2',
      status: object(
        {
          id: int64(),
          state: oneOf(...endpointStates),
          identity: object({ id: int64(), labels: list(string()) }),
          networking: object({ 'addressing!': list(addressPair), node: string() }),
        },
        { 'x-kubernetes-preserve-unknown-fields': true },
      ),
    },
  ],
});

export const identities = customResource({
  kind: 'CiliumIdentity',
  plural: 'ciliumidentities',
  shortNames: ['ciliumid'],
  columns: [['Namespace', 'string', '.metadata.labels.io\\.kubernetes\\.pod\\.namespace']],
  versions: [{ name: 'v2', fields: { 'security-labels!': mapOf(string()) } }],
});

const openSpec: Schema = open();

export const networkPolicies = customResource({
  kind: 'CiliumNetworkPolicy',
  plural: 'ciliumnetworkpolicies',
  shortNames: ['cnp', 'ciliumnp'],
  scope: 'Namespaced',
  columns: [['Valid', 'string', '.status.conditions[?(@.type=="Valid")].status']],
  versions: [{ name: 'v2', status: open(), fields: { spec: openSpec, specs: list(openSpec) } }],
});
