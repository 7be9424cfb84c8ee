import { claimsOf } from '../catalogue/claim.ts';
import { cite } from '../catalogue/documents.ts';

export const cloudClaims = claimsOf(
  'CLOUD',
  {
    system: 'cilium',
    level: 'extended',
    planned: "no test yet; it checks the charts' value paths and needs no lab",
  },
  [
    {
      id: 'CLOUD-01',
      title:
        'The helm values of the ENI and GKE modes are ones the chart knows; nothing is run outside their cloud',
      sources: [cite('notes', '3. AWS ENI 방식'), cite('notes', '4. Google Cloud 방식')],
      shownBy: "the chart's schema and value paths",
    },
  ],
);
