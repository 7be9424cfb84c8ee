import { ciliumAgent } from '../../../helpers/cilium/agent.ts';
import { ExecError } from '../../../helpers/exec.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { type Secret, secrets } from '../../../helpers/kube/resources.ts';
import { parseJson, Shape } from '../../../helpers/shape.ts';
import { until } from '../../../helpers/waiting.ts';

const certificateAuthority = 'cilium-ca';
const namespace = 'kube-system';

/**
 * Gives a cluster another one's certificate authority, before Cilium is installed there: the documents' copy of secret
 * `cilium-ca`. helm has to find it its own, or it refuses to take it over; the chart signs with what it finds.
 * (install/kubernetes/cilium/templates/_helpers.tpl, cilium.ca.setup)
 * @throws Error when the first cluster has none
 */
export async function shareCertificateAuthority(from: KubeApi, to: KubeApi): Promise<void> {
  const found = await from.get(secrets, certificateAuthority, namespace);
  if (found?.data === undefined)
    throw new Error(`there is no secret ${certificateAuthority} in ${namespace} to share`);
  await to.apply(secrets, adoptable(found));
}

export function adoptable({ data, type }: Secret): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: certificateAuthority,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'cilium', 'meta.helm.sh/release-namespace': namespace },
    },
    ...(data === undefined ? {} : { data }),
    ...(type === undefined ? {} : { type }),
  };
}

/** Certificates made, etcd filled, both sides connected. */
const meshReadyMs = 300_000;

/** Resolves when the agents of these nodes have every one of the other clusters ready. @throws Error with what they say */
export async function untilMeshReady(
  kube: KubeApi,
  nodes: readonly string[],
  others: readonly string[],
): Promise<void> {
  await Promise.all(
    nodes.map(node =>
      until(`the agent of ${node} to have ${others.join(', ')} ready`, meshReadyMs, async () => {
        try {
          const ready = readyClusters(await ciliumAgent(kube, node).run(['status', '-o', 'json']));
          return others.every(other => ready.includes(other)) ? true : undefined;
        } catch (error) {
          if (error instanceof ExecError) return undefined; // it restarts
          throw error;
        }
      }),
    ),
  );
}

/** Of `cilium-dbg status -o json`: names of remote clusters that are connected and synchronised. */
export function readyClusters(status: string): string[] {
  const mesh = new Shape('cilium-dbg status', parseJson('cilium-dbg status', status)).optionalChild(
    'cluster-mesh',
  );
  const clusters = mesh?.children('clusters') ?? [];
  return clusters.flatMap(cluster => (cluster.flag('ready') ? [cluster.string('name')] : []));
}
