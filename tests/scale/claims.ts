import { claimsOf } from '../catalogue/claim.ts';
import { cite } from '../catalogue/documents.ts';

export const scaleClaims = claimsOf(
  'SCALE',
  {
    system: 'cilium',
    level: 'extended',
    planned:
      'no test yet; the numbers are those of a real control plane and kubelet, which the embedded lab does not run',
  },
  [
    {
      id: 'SCALE-01',
      title: 'A node takes 110 pods by default and says "Too many pods" after that',
      sources: [cite('notes', '시나리오 2: 노드 1대에 최대 파드 배포 (150개)')],
      disruptive: true,
      shownBy: "pods and the scheduler's events",
    },
    {
      id: 'SCALE-02',
      title: 'A PodCIDR of /24 runs out before 300 pods, and the event says so',
      sources: [cite('notes', '시나리오 3: 파드 300개 배포 시도')],
      disruptive: true,
      shownBy: 'events of the pods left without an address',
    },
    {
      id: 'SCALE-03',
      title: 'Lists come in pages by limit and continue, and resourceVersion=0 is answered from the cache',
      sources: [cite('notes', 'K8S Performance: 해결 방안')],
      shownBy: 'answers of the Kubernetes API',
    },
  ],
);
