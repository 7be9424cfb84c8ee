import { claimsOf } from './claim.ts';
import { cite } from './documents.ts';

const real = {
  system: 'cilium',
  level: 'extended',
  planned: 'needs real Cilium: the reference system has none of it, and no provider runs Cilium yet',
} as const;

const ingress = cite('notes', 'Kubernetes Ingress Support');
const policy = cite('notes', 'Cilium NetworkPolicy');

/** What the reference system does not have, and only real Cilium can show. */
export const ciliumOnlyClaims = [
  ...claimsOf('HUB', real, [
    {
      id: 'HUB-01',
      title: 'Flows from curl-pod to webpod appear in Hubble relay',
      sources: [
        cite('bgpStudy', '문제 해결 후 통신 확인'),
        cite('week5', '샘플 애플리케이션을 통해 통신 문제 확인'),
      ],
      shownBy: "the relay's API",
    },
    {
      id: 'HUB-02',
      title: 'The Hubble UI answers on its NodePort and draws the flow',
      sources: [cite('week5', '샘플 애플리케이션을 통해 통신 문제 확인')],
      shownBy: 'a real browser',
    },
  ]),
  ...claimsOf('POL', real, [
    {
      id: 'POL-01',
      title: 'The same labels give the same identity; a label that changes gives another',
      sources: [cite('notes', 'Layer 3 Identity-Based: Security-ID')],
      shownBy: 'CiliumEndpoint resources',
    },
    {
      id: 'POL-02',
      title:
        'Without a policy everything is allowed; with the first ingress policy only what it allows, and replies always',
      sources: [policy],
      shownBy: 'requests that are answered and requests that are not',
    },
    {
      id: 'POL-03',
      title: 'A policy for one port drops the others',
      sources: [policy],
      shownBy: 'requests to both ports',
    },
    {
      id: 'POL-04',
      title:
        'An HTTP path that is forbidden gets 403, and a DNS name that is forbidden is refused: neither is dropped',
      sources: [cite('notes', '엔드포인트 기반 정책')],
      shownBy: 'requests and DNS queries',
    },
  ]),
  ...claimsOf('ING', real, [
    {
      id: 'ING-01',
      title: 'Shared mode gives all Ingresses one address; dedicated mode gives each its own',
      sources: [ingress],
      shownBy: 'addresses in the API',
    },
    {
      id: 'ING-02',
      title:
        "Exact and Prefix paths match as named and others get 404; Envoy's header is present, and X-Forwarded-For carries the client",
      sources: [ingress, cite('notes', 'ingress path type')],
      shownBy: 'requests',
    },
  ]),
  ...claimsOf('GW', real, [
    {
      id: 'GW-01',
      title:
        "An HTTPRoute matches by path, method, header and query parameter; TLS ends with the listener's certificate",
      sources: [cite('notes', '1. 로컬 CA(자체 루트 인증기관) 생성')],
      shownBy: 'requests, also over TLS',
    },
  ]),
  ...claimsOf('SCALE', real, [
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
  ]),
  ...claimsOf('CLOUD', real, [
    {
      id: 'CLOUD-01',
      title:
        'The helm values of the ENI and GKE modes are ones the chart knows; nothing is run outside their cloud',
      sources: [cite('notes', '3. AWS ENI 방식'), cite('notes', '4. Google Cloud 방식')],
      shownBy: "the chart's schema and value paths",
    },
  ]),
];
