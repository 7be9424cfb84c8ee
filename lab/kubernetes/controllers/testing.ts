import { type Pod, pods } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import { timestamp, withCondition } from './objects.ts';

/** For tests: kubelets that make every bound pod ready, and end deleted ones, at once. Returns what stops them. */
export function startFakeKubelets(
  kube: KubeClient,
  becomesReady: (pod: Pod) => boolean = () => true,
): () => void {
  let address = 0;
  return kube.watch(pods, (event, pod) => {
    const { name, namespace, deletionTimestamp } = pod.metadata;
    if (event === 'DELETED' || pod.spec.nodeName === undefined) return;
    if (deletionTimestamp !== undefined) kube.delete(pods, name, namespace, { gracePeriodSeconds: 0 });
    else if (pod.status?.podIP === undefined) {
      const podIP = `172.20.0.${++address}`;
      kube.updateStatus(pods, name, namespace, draft => {
        const ready = becomesReady(pod);
        const conditions = withCondition(draft.status?.conditions, {
          type: 'Ready',
          status: ready ? 'True' : 'False',
        });
        const containerStatuses = pod.spec.containers.map(({ name: container, image }) => ({
          name: container,
          image,
          imageID: '',
          ready,
          restartCount: 0,
          state: { running: { startedAt: timestamp() } },
        }));
        draft.status = { ...draft.status, phase: 'Running', podIP, conditions, containerStatuses };
      });
    }
  });
}
