import type { Condition, KubeObject, LabelSelector, ObjectMeta, ResourceType } from './types.ts';

/** The built-in Kubernetes resources the suite and the embedded lab deal with; only the fields they use. */

export interface Namespace extends KubeObject {
  status?: { phase?: 'Active' | 'Terminating' };
}

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface Node extends KubeObject {
  spec?: { podCIDR?: string; podCIDRs?: string[]; unschedulable?: boolean; taints?: Taint[] };
  status?: {
    conditions?: Condition[];
    addresses?: { type: 'InternalIP' | 'ExternalIP' | 'Hostname'; address: string }[];
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    nodeInfo?: Record<string, string>;
  };
}

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  ports?: { name?: string; containerPort: number; protocol?: 'TCP' | 'UDP' }[];
  readinessProbe?: Probe;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  lifecycle?: { preStop?: { exec?: { command: string[] }; sleep?: { seconds: number } } };
}

export interface Probe {
  httpGet?: { path?: string; port: number | string };
  tcpSocket?: { port: number | string };
  exec?: { command: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  failureThreshold?: number;
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  hostNetwork?: boolean;
  tolerations?: Toleration[];
  initContainers?: Container[];
  containers: Container[];
  hostAliases?: { ip: string; hostnames: string[] }[];
  terminationGracePeriodSeconds?: number;
  restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  affinity?: unknown;
  topologySpreadConstraints?: unknown[];
  [other: string]: unknown;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    conditions?: Condition[];
    hostIP?: string;
    podIP?: string;
    podIPs?: { ip: string }[];
    startTime?: string;
    containerStatuses?: {
      name: string;
      image: string;
      imageID: string;
      ready: boolean;
      started?: boolean;
      restartCount: number;
      containerID?: string;
      state: Record<string, unknown>;
    }[];
  };
}

export interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: {
      type?: 'RollingUpdate' | 'Recreate';
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
    revisionHistoryLimit?: number;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: Condition[];
  };
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; selector: LabelSelector; template: PodTemplate };
  status?: {
    observedGeneration?: number;
    replicas: number;
    readyReplicas?: number;
    availableReplicas?: number;
    fullyLabeledReplicas?: number;
  };
}

export interface DaemonSet extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplate };
  status?: {
    currentNumberScheduled: number;
    desiredNumberScheduled: number;
    numberAvailable?: number;
    numberMisscheduled: number;
    numberReady: number;
    updatedNumberScheduled?: number;
    observedGeneration?: number;
  };
}

export interface ServicePort {
  name?: string;
  protocol?: 'TCP' | 'UDP';
  port: number;
  targetPort?: number | string;
  nodePort?: number;
}

export type TrafficPolicy = 'Cluster' | 'Local';

export interface Service extends KubeObject {
  spec: {
    type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
    selector?: Record<string, string>;
    ports?: ServicePort[];
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalTrafficPolicy?: TrafficPolicy;
    internalTrafficPolicy?: TrafficPolicy;
    loadBalancerIP?: string;
    loadBalancerClass?: string;
    allocateLoadBalancerNodePorts?: boolean;
    healthCheckNodePort?: number;
    sessionAffinity?: string;
    ipFamilies?: string[];
    ipFamilyPolicy?: string;
  };
  status?: {
    loadBalancer?: { ingress?: { ip?: string; ipMode?: string; hostname?: string }[] };
    conditions?: Condition[];
  };
}

export interface EndpointSlice extends KubeObject {
  addressType: 'IPv4' | 'IPv6';
  endpoints: {
    addresses: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    nodeName?: string;
    targetRef?: { kind: string; name: string; namespace: string; uid?: string };
  }[];
  ports: { name?: string; port: number; protocol?: 'TCP' | 'UDP' }[];
}

export interface Endpoints extends KubeObject {
  subsets?: {
    addresses?: { ip: string; nodeName?: string; targetRef?: unknown }[];
    notReadyAddresses?: { ip: string; nodeName?: string; targetRef?: unknown }[];
    ports?: { name?: string; port: number; protocol?: 'TCP' | 'UDP' }[];
  }[];
}

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export interface Secret extends KubeObject {
  type?: string;
  /** Values in base64. */
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

export interface Event extends KubeObject {
  involvedObject: { kind: string; name: string; namespace?: string; uid?: string };
  reason: string;
  message: string;
  type: 'Normal' | 'Warning';
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  source?: { component?: string; host?: string };
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: {
      plural: string;
      singular?: string;
      kind: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      deprecated?: boolean;
      deprecationWarning?: string;
      schema?: { openAPIV3Schema: Record<string, unknown> };
      subresources?: { status?: Record<string, never> };
      additionalPrinterColumns?: {
        name: string;
        type: string;
        jsonPath: string;
        description?: string;
        priority?: number;
        format?: string;
      }[];
    }[];
  };
  status?: Record<string, unknown>;
}

function builtIn<T extends KubeObject>(
  apiVersion: string,
  plural: string,
  kind: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): ResourceType<T> {
  const [group, version] = apiVersion.includes('/')
    ? (apiVersion.split('/') as [string, string])
    : ['', apiVersion];
  return { group, version, plural, kind, namespaced: scope === 'namespaced' };
}

export const namespaces = builtIn<Namespace>('v1', 'namespaces', 'Namespace', 'cluster');
export const nodes = builtIn<Node>('v1', 'nodes', 'Node', 'cluster');
export const pods = builtIn<Pod>('v1', 'pods', 'Pod');
export const services = builtIn<Service>('v1', 'services', 'Service');
export const endpoints = builtIn<Endpoints>('v1', 'endpoints', 'Endpoints');
export const configMaps = builtIn<ConfigMap>('v1', 'configmaps', 'ConfigMap');
export const secrets = builtIn<Secret>('v1', 'secrets', 'Secret');
export const serviceAccounts = builtIn<KubeObject>('v1', 'serviceaccounts', 'ServiceAccount');
export const events = builtIn<Event>('v1', 'events', 'Event');
export const deployments = builtIn<Deployment>('apps/v1', 'deployments', 'Deployment');
export const replicaSets = builtIn<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet');
export const daemonSets = builtIn<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet');
export const endpointSlices = builtIn<EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
);
export const leases = builtIn<Lease>('coordination.k8s.io/v1', 'leases', 'Lease');
export const customResourceDefinitions = builtIn<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  'cluster',
);
