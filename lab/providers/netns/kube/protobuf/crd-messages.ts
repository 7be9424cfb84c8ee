/** CustomResourceDefinition and what is in it (k8s.io/apiextensions-apiserver), in the notation of messages.ts. */
export const crdMessageText = `
CustomResourceDefinition
  ObjectMeta metadata = 1
  CrdSpec spec = 2
  CrdStatus status = 3
CrdSpec
  string group = 1
  CrdNames names = 3
  string scope = 4
  CrdVersion[] versions = 7
  CrdConversion conversion = 9
  bool? preserveUnknownFields = 10
CrdNames
  string plural = 1
  string? singular = 2
  string[] shortNames = 3
  string kind = 4
  string? listKind = 5
  string[] categories = 6
CrdVersion
  string name = 1
  bool served = 2
  bool storage = 3
  CrdValidation schema = 4
  CrdSubresources subresources = 5
  CrdColumn[] additionalPrinterColumns = 6
  bool? deprecated = 7
  string deprecationWarning = 8
  CrdSelectableField[] selectableFields = 9
CrdValidation
  Schema openAPIV3Schema = 1
CrdSubresources
  CrdStatusSubresource status = 1
  CrdScale scale = 2
CrdStatusSubresource
CrdScale
  string specReplicasPath = 1
  string statusReplicasPath = 2
  string labelSelectorPath = 3
CrdColumn
  string name = 1
  string type = 2
  string? format = 3
  string? description = 4
  int32? priority = 5
  string jsonPath = 6
CrdSelectableField
  string jsonPath = 1
CrdConversion
  string strategy = 1
  WebhookConversion webhook = 2
WebhookConversion
  WebhookClientConfig clientConfig = 2
  string[] conversionReviewVersions = 3
WebhookClientConfig
  ServiceReference service = 1
  bytes? caBundle = 2
  string url = 3
ServiceReference
  string namespace = 1
  string name = 2
  string path = 3
  int32 port = 4
CrdStatus
  CrdCondition[] conditions = 1
  CrdNames acceptedNames = 2
  string[] storedVersions = 3
  int64? observedGeneration = 4
CrdCondition
  string type = 1
  string status = 2
  time lastTransitionTime = 3
  string? reason = 4
  string? message = 5
  int64? observedGeneration = 6
Schema
  string? id = 1
  string? $schema = 2
  string $ref = 3
  string? description = 4
  string? type = 5
  string? format = 6
  string? title = 7
  json default = 8
  double maximum = 9
  bool? exclusiveMaximum = 10
  double minimum = 11
  bool? exclusiveMinimum = 12
  int64 maxLength = 13
  int64 minLength = 14
  string? pattern = 15
  int64 maxItems = 16
  int64 minItems = 17
  bool? uniqueItems = 18
  double multipleOf = 19
  json[] enum = 20
  int64 maxProperties = 21
  int64 minProperties = 22
  string[] required = 23
  schemaOrArray items = 24
  Schema[] allOf = 25
  Schema[] oneOf = 26
  Schema[] anyOf = 27
  Schema not = 28
  {Schema} properties = 29
  schemaOrBool additionalProperties = 30
  {Schema} patternProperties = 31
  {schemaOrStrings} dependencies = 32
  schemaOrBool additionalItems = 33
  {Schema} definitions = 34
  ExternalDocumentation externalDocs = 35
  json example = 36
  bool? nullable = 37
  bool x-kubernetes-preserve-unknown-fields = 38
  bool? x-kubernetes-embedded-resource = 39
  bool? x-kubernetes-int-or-string = 40
  string[] x-kubernetes-list-map-keys = 41
  string x-kubernetes-list-type = 42
  string x-kubernetes-map-type = 43
  ValidationRule[] x-kubernetes-validations = 44
ExternalDocumentation
  string? description = 1
  string? url = 2
ValidationRule
  string rule = 1
  string? message = 2
  string? messageExpression = 3
  string reason = 4
  string? fieldPath = 5
  bool optionalOldSelf = 6
`;
