/**
 * How lists of built-in kinds are merged, by the list's name and its parent's: `patchMergeKey` and
 * `patchStrategy` of k8s.io/api, as far as the lab's kinds have them. A list that is not here is replaced whole.
 */
export interface ListMerge {
  /** Members that identify an item; the first is what a strategic merge patch goes by. Empty: a set of plain values. */
  readonly keys: readonly string[];
}

const byName: ListMerge = { keys: ['name'] };
const set: ListMerge = { keys: [] };

const anywhere: Readonly<Record<string, ListMerge>> = {
  containers: byName,
  initContainers: byName,
  ephemeralContainers: byName,
  env: byName,
  volumes: byName,
  imagePullSecrets: byName,
  volumeMounts: { keys: ['mountPath'] },
  volumeDevices: { keys: ['devicePath'] },
  hostAliases: { keys: ['ip'] },
  topologySpreadConstraints: { keys: ['topologyKey', 'whenUnsatisfiable'] },
  conditions: { keys: ['type'] },
  ownerReferences: { keys: ['uid'] },
  finalizers: set,
  podIPs: { keys: ['ip'] },
};

const byParent: Readonly<Record<string, ListMerge>> = {
  // In a service the key of a strategic merge is the port, in a container the container's.
  'spec.ports': { keys: ['port', 'protocol'] },
  'containers.ports': { keys: ['containerPort', 'protocol'] },
  'initContainers.ports': { keys: ['containerPort', 'protocol'] },
  'status.addresses': { keys: ['type'] },
  'spec.podCIDRs': set,
  '.secrets': byName,
};

/** @param parent the name of the member (or list) the object holding the list is found under; empty at the top */
export function listMerge(parent: string, name: string): ListMerge | undefined {
  return byParent[`${parent}.${name}`] ?? anywhere[name];
}
