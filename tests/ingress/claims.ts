import { claimsOf } from '../catalogue/claim.ts';
import { cite } from '../catalogue/documents.ts';

const ingress = cite('notes', 'Kubernetes Ingress Support');
const needsEnvoy = 'no test yet; it needs Envoy, which the embedded lab does not run';

export const ingClaims = claimsOf('ING', { system: 'cilium', level: 'extended', planned: needsEnvoy }, [
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
]);

export const gwClaims = claimsOf('GW', { system: 'cilium', level: 'extended', planned: needsEnvoy }, [
  {
    id: 'GW-01',
    title:
      "An HTTPRoute matches by path, method, header and query parameter; TLS ends with the listener's certificate",
    sources: [cite('notes', '1. 로컬 CA(자체 루트 인증기관) 생성')],
    shownBy: 'requests, also over TLS',
  },
]);
