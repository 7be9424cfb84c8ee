import { apiVersionOf, type KubeObject, type ResourceType } from './types.ts';

/** The part of discovery that is asked: `GET /apis/<group>/<version>`. */
interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}

/** Older versions of groups that releases under test may serve in place of the one that the suite speaks. */
const older: Readonly<Record<string, string>> = { 'cilium.io/v2': 'v2alpha1' };

/**
 * In which version an API server serves a resource: Cilium's BGP resources and address pools were `v2alpha1` before
 * 1.18, with the same fields as far as the suite uses them. What has been found once stays so: a version that is
 * replaced by an upgrade goes on being served.
 * @param discover returns undefined when the server has no such version of the group
 */
export function servedVersions(
  discover: (apiVersion: string) => Promise<ResourceList | undefined>,
): <T extends KubeObject>(type: ResourceType<T>) => Promise<ResourceType<T>> {
  const asked = new Map<string, Promise<ResourceList | undefined>>();
  const serves = async (type: ResourceType): Promise<boolean> => {
    const apiVersion = apiVersionOf(type);
    const answer = asked.get(apiVersion) ?? discover(apiVersion);
    asked.set(apiVersion, answer);
    // An answer that did not come is no answer.
    const list = await answer.catch((error: unknown) => {
      asked.delete(apiVersion);
      throw error;
    });
    return list?.resources.some(({ name }) => name === type.plural) === true;
  };
  return async type => {
    const version = older[apiVersionOf(type)];
    if (version === undefined || (await serves(type))) return type;
    const before = { ...type, version };
    // Served in neither: the error is to name the version that was meant.
    return (await serves(before)) ? before : type;
  };
}

/** The object as it has to be sent in a version of its resource. */
export function inVersion<T extends KubeObject>(type: ResourceType, object: T): T {
  const apiVersion = apiVersionOf(type);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
