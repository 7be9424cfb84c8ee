import { claimsOf } from '../catalogue/claim.ts';
import { cite } from '../catalogue/documents.ts';

const policy = cite('notes', 'Cilium NetworkPolicy');

export const polClaims = claimsOf('POL', { system: 'cilium', level: 'extended', planned: 'no test yet' }, [
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
    planned: 'no test yet; it needs Envoy, which the embedded lab does not run',
    title:
      'An HTTP path that is forbidden gets 403, and a DNS name that is forbidden is refused: neither is dropped',
    sources: [cite('notes', '엔드포인트 기반 정책')],
    shownBy: 'requests and DNS queries',
  },
]);
