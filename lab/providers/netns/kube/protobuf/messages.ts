import { crdMessageText } from './crd-messages.ts';
import { requestMessageText } from './request-messages.ts';

/**
 * The messages that client-go programs send as protocol buffers, in the shape of Kubernetes' `generated.proto` files
 * (k8s.io/api, apimachinery, apiextensions-apiserver): `type member = number`. On top of theirs:
 *
 * - `type? member` is a Go field that is no pointer and marked `omitempty`: the wire carries it even when it is zero,
 *   the JSON of the same object does not.
 * - `type[]` is repeated, `{type}` a map from strings.
 * - `time`, `microTime`, `json`, `fields`, `intOrString`, `strings`, `schemaOrArray`, `schemaOrBool`,
 *   `schemaOrStrings` are
 *   messages whose JSON is no object of their fields; `decode.ts` knows them.
 */
const messageText = `
ObjectMeta
  string? name = 1
  string? generateName = 2
  string? namespace = 3
  string? selfLink = 4
  string? uid = 5
  string? resourceVersion = 6
  int64? generation = 7
  time creationTimestamp = 8
  time deletionTimestamp = 9
  int64 deletionGracePeriodSeconds = 10
  {string} labels = 11
  {string} annotations = 12
  OwnerReference[] ownerReferences = 13
  string[] finalizers = 14
  ManagedFieldsEntry[] managedFields = 17
OwnerReference
  string kind = 1
  string name = 3
  string uid = 4
  string apiVersion = 5
  bool controller = 6
  bool blockOwnerDeletion = 7
ManagedFieldsEntry
  string? manager = 1
  string? operation = 2
  string? apiVersion = 3
  time time = 4
  string? fieldsType = 6
  fields fieldsV1 = 7
  string? subresource = 8
DeleteOptions
  int64 gracePeriodSeconds = 1
  Preconditions preconditions = 2
  bool orphanDependents = 3
  string propagationPolicy = 4
  string[] dryRun = 5
  bool ignoreStoreReadErrorWithClusterBreakingPotential = 6
Preconditions
  string uid = 1
  string resourceVersion = 2
Condition
  string type = 1
  string status = 2
  int64? observedGeneration = 3
  time lastTransitionTime = 4
  string reason = 5
  string message = 6

Lease
  ObjectMeta metadata = 1
  LeaseSpec spec = 2
LeaseSpec
  string holderIdentity = 1
  int32 leaseDurationSeconds = 2
  microTime acquireTime = 3
  microTime renewTime = 4
  int32 leaseTransitions = 5
  string strategy = 6
  string preferredHolder = 7

ObjectReference
  string? kind = 1
  string? namespace = 2
  string? name = 3
  string? uid = 4
  string? apiVersion = 5
  string? resourceVersion = 6
  string? fieldPath = 7
LocalObjectReference
  string? name = 1
Event
  ObjectMeta metadata = 1
  ObjectReference involvedObject = 2
  string? reason = 3
  string? message = 4
  EventSource source = 5
  time firstTimestamp = 6
  time lastTimestamp = 7
  int32? count = 8
  string? type = 9
  microTime eventTime = 10
  EventSeries series = 11
  string? action = 12
  ObjectReference related = 13
  string reportingComponent = 14
  string reportingInstance = 15
EventsEvent
  ObjectMeta metadata = 1
  microTime eventTime = 2
  EventSeries series = 3
  string? reportingController = 4
  string? reportingInstance = 5
  string? action = 6
  string? reason = 7
  ObjectReference regarding = 8
  ObjectReference related = 9
  string? note = 10
  string? type = 11
  EventSource deprecatedSource = 12
  time deprecatedFirstTimestamp = 13
  time deprecatedLastTimestamp = 14
  int32? deprecatedCount = 15
EventSource
  string? component = 1
  string? host = 2
EventSeries
  int32? count = 1
  microTime lastObservedTime = 2
ConfigMap
  ObjectMeta metadata = 1
  {string} data = 2
  {bytes} binaryData = 3
  bool immutable = 4
Secret
  ObjectMeta metadata = 1
  {bytes} data = 2
  string? type = 3
  {string} stringData = 4
  bool immutable = 5
Namespace
  ObjectMeta metadata = 1
  NamespaceSpec spec = 2
  NamespaceStatus status = 3
NamespaceSpec
  string[] finalizers = 1
NamespaceStatus
  string? phase = 1
  Condition[] conditions = 2
ServiceAccount
  ObjectMeta metadata = 1
  ObjectReference[] secrets = 2
  LocalObjectReference[] imagePullSecrets = 3
  bool automountServiceAccountToken = 4
Endpoints
  ObjectMeta metadata = 1
  EndpointSubset[] subsets = 2
EndpointSubset
  EndpointAddress[] addresses = 1
  EndpointAddress[] notReadyAddresses = 2
  SubsetPort[] ports = 3
EndpointAddress
  string ip = 1
  ObjectReference targetRef = 2
  string? hostname = 3
  string nodeName = 4
SubsetPort
  string? name = 1
  int32 port = 2
  string? protocol = 3
  string appProtocol = 4
Service
  ObjectMeta metadata = 1
  ServiceSpec spec = 2
  ServiceStatus status = 3
ServiceSpec
  ServicePort[] ports = 1
  {string} selector = 2
  string? clusterIP = 3
  string? type = 4
  string[] externalIPs = 5
  string? sessionAffinity = 7
  string? loadBalancerIP = 8
  string[] loadBalancerSourceRanges = 9
  string? externalName = 10
  string? externalTrafficPolicy = 11
  int32? healthCheckNodePort = 12
  bool? publishNotReadyAddresses = 13
  SessionAffinityConfig sessionAffinityConfig = 14
  string ipFamilyPolicy = 17
  string[] clusterIPs = 18
  string[] ipFamilies = 19
  bool allocateLoadBalancerNodePorts = 20
  string loadBalancerClass = 21
  string internalTrafficPolicy = 22
  string trafficDistribution = 23
ServicePort
  string? name = 1
  string? protocol = 2
  int32 port = 3
  intOrString targetPort = 4
  int32? nodePort = 5
  string appProtocol = 6
SessionAffinityConfig
  ClientIPConfig clientIP = 1
ClientIPConfig
  int32 timeoutSeconds = 1
ServiceStatus
  LoadBalancerStatus loadBalancer = 1
  Condition[] conditions = 2
LoadBalancerStatus
  LoadBalancerIngress[] ingress = 1
LoadBalancerIngress
  string? ip = 1
  string? hostname = 2
  string ipMode = 3
  PortStatus[] ports = 4
PortStatus
  int32 port = 1
  string protocol = 2
  string error = 3

EndpointSlice
  ObjectMeta metadata = 1
  Endpoint[] endpoints = 2
  EndpointPort[] ports = 3
  string addressType = 4
Endpoint
  string[] addresses = 1
  EndpointConditions conditions = 2
  string hostname = 3
  ObjectReference targetRef = 4
  {string} deprecatedTopology = 5
  string nodeName = 6
  string zone = 7
  EndpointHints hints = 8
EndpointConditions
  bool ready = 1
  bool serving = 2
  bool terminating = 3
EndpointHints
  ForName[] forZones = 1
  ForName[] forNodes = 2
ForName
  string name = 1
EndpointPort
  string name = 1
  string protocol = 2
  int32 port = 3
  string appProtocol = 4
`;

export const allMessageText: readonly string[] = [messageText, requestMessageText, crdMessageText];

/** The messages that are objects of their own, by `apiVersion kind`. */
const topLevel: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'ConfigMap',
  'v1 Endpoints': 'Endpoints',
  'v1 Event': 'Event',
  'v1 Namespace': 'Namespace',
  'v1 Secret': 'Secret',
  'v1 Service': 'Service',
  'v1 ServiceAccount': 'ServiceAccount',
  'apiextensions.k8s.io/v1 CustomResourceDefinition': 'CustomResourceDefinition',
  'authentication.k8s.io/v1 TokenReview': 'TokenReview',
  'authorization.k8s.io/v1 SelfSubjectAccessReview': 'SelfSubjectAccessReview',
  'authorization.k8s.io/v1 SubjectAccessReview': 'SubjectAccessReview',
  'coordination.k8s.io/v1 Lease': 'Lease',
  'discovery.k8s.io/v1 EndpointSlice': 'EndpointSlice',
  'events.k8s.io/v1 Event': 'EventsEvent',
  'policy/v1 Eviction': 'Eviction',
};

/** The name of an object's message; undefined when it is not described here. */
export function topLevelMessage(apiVersion: string, kind: string): string | undefined {
  // Every group has the options of its deletions under its own version.
  return kind === 'DeleteOptions' ? kind : topLevel[`${apiVersion} ${kind}`];
}
