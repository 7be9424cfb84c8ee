/** Objects that are questions, not kept: reviews, evictions; in the notation of messages.ts. */
export const requestMessageText = `
Eviction
  ObjectMeta metadata = 1
  DeleteOptions deleteOptions = 2
SelfSubjectAccessReview
  ObjectMeta metadata = 1
  SelfAccessReviewSpec spec = 2
  AccessReviewStatus status = 3
SubjectAccessReview
  ObjectMeta metadata = 1
  AccessReviewSpec spec = 2
  AccessReviewStatus status = 3
AccessReviewStatus
  bool allowed = 1
  string? reason = 2
  string? evaluationError = 3
  bool? denied = 4
SelfAccessReviewSpec
  ResourceAttributes resourceAttributes = 1
  NonResourceAttributes nonResourceAttributes = 2
AccessReviewSpec
  ResourceAttributes resourceAttributes = 1
  NonResourceAttributes nonResourceAttributes = 2
  string? user = 3
  string[] groups = 4
  {strings} extra = 5
  string? uid = 6
ResourceAttributes
  string? namespace = 1
  string? verb = 2
  string? group = 3
  string? version = 4
  string? resource = 5
  string? subresource = 6
  string? name = 7
NonResourceAttributes
  string? path = 1
  string? verb = 2
TokenReview
  ObjectMeta metadata = 1
  TokenReviewSpec spec = 2
  TokenReviewStatus status = 3
TokenReviewStatus
  bool? authenticated = 1
  UserInfo user = 2
  string? error = 3
  string[] audiences = 4
UserInfo
  string? username = 1
  string? uid = 2
  string[] groups = 3
  {strings} extra = 4
TokenReviewSpec
  string? token = 1
  string[] audiences = 2
`;
