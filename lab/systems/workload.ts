import { daemonSets } from '../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../contract/topology.ts';
import type { KubeClient } from '../kubernetes/api/client.ts';

/** The agents as Kubernetes shows them: a DaemonSet in kube-system whose pods answer `cilium-dbg`. */
export function agentPods(kube: KubeClient, cluster: ClusterSpec, image: string): void {
  const labels = { 'k8s-app': 'cilium' };
  kube.create(daemonSets, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium', namespace: 'kube-system', labels: { ...labels, cluster: cluster.name } },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          containers: [{ name: 'cilium-agent', image }],
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  });
}
