import { claimsOf } from '../catalogue/claim.ts';
import { cite } from '../catalogue/documents.ts';

export const hubClaims = claimsOf(
  'HUB',
  {
    system: 'cilium',
    level: 'extended',
    planned: 'no test yet; the embedded lab runs Cilium without Hubble',
  },
  [
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
  ],
);
