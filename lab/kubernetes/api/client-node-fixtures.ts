import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  type PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Status,
} from '@kubernetes/client-node';
import { test as apiTest } from './api-test.ts';

/** The API as programs in JavaScript use it, this suite among them: through @kubernetes/client-node. */
export const test = apiTest.extend<{ config: KubeConfig; core: CoreV1Api }>({
  config: async ({ api }, use) => {
    const config = new KubeConfig();
    config.loadFromString(api.kubeconfig);
    await use(config);
  },
  core: async ({ config }, use) => {
    await use(config.makeApiClient(CoreV1Api));
  },
});

export const namespace = 'default';
export const configMap = (
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): V1ConfigMap => ({
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  data,
});
export const patchAs = (strategy: PatchStrategy) => setHeaderOptions('Content-Type', strategy);

/** Code and Status of a refused request. */
export async function refusal(request: Promise<unknown>): Promise<{ code: number; status: V1Status }> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiException)) throw new Error(`not refused by the API server: ${String(error)}`);
  const body: unknown = error.body;
  return { code: error.code, status: (typeof body === 'string' ? JSON.parse(body) : body) as V1Status };
}
