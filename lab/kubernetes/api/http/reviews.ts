import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { methodNotAllowed } from '../errors.ts';
import { isObject, type JsonObject, objectAt, stringAt } from '../json.ts';
import { timestamp } from '../objects.ts';
import type { Reply } from './reply.ts';
import { parseBody, type ResourcePath, readBody } from './request.ts';

/** A resource that is a question: it is created, answered in its status, and not kept. */
interface Review {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const authentication = 'authentication.k8s.io';
const authorization = 'authorization.k8s.io';

export const reviews: readonly Review[] = [
  { group: authentication, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false },
  { group: authentication, plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
  {
    group: authorization,
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
  },
  {
    group: authorization,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
  },
  {
    group: authorization,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
  },
  { group: authorization, plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
];

const tokenRequest: Review = {
  group: authentication,
  plural: 'token',
  kind: 'TokenRequest',
  namespaced: true,
};
/** What a token says of its life; it lives as long as the server. */
const tokenMs = 24 * 3600_000;

const administrator = {
  username: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:authenticated'],
};

export function sameSecret(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/**
 * The answer when the path is a review's, or a request for a service account's token. Whoever has authenticated may
 * do everything, so there is one token for all.
 */
export async function answerReview(
  http: IncomingMessage,
  path: ResourcePath,
  token: string,
): Promise<Reply | undefined> {
  const review =
    path.plural === 'serviceaccounts' && path.subresource === 'token'
      ? tokenRequest
      : reviews.find(
          each => each.group === path.group && each.plural === path.plural && path.name === undefined,
        );
  if (review === undefined || path.version !== 'v1') return undefined;
  if (http.method !== 'POST') throw methodNotAllowed();
  const given = await parseBody(http, await readBody(http));
  const object = isObject(given) ? given : {};
  const type = { kind: review.kind, apiVersion: `${review.group}/v1` };
  return { code: 201, body: { ...object, ...type, status: statusOf(review, object, token) } };
}

function statusOf({ kind }: Review, object: JsonObject, token: string): JsonObject {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: administrator };
    case 'SelfSubjectRulesReview':
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      };
    case 'TokenReview': {
      const given = stringAt(objectAt(object, 'spec'), 'token') ?? '';
      return sameSecret(token, given)
        ? { authenticated: true, user: administrator }
        : { authenticated: false, error: 'the token is not known' };
    }
    case 'TokenRequest':
      return { token, expirationTimestamp: timestamp(Date.now() + tokenMs) };
    default:
      return { allowed: true };
  }
}
