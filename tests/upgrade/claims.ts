import { claimsOf } from '../catalogue/claim.ts';
import { upstream } from '../catalogue/documents.ts';

export const upgClaims = claimsOf(
  'UPG',
  {
    level: 'extended',
    needs: ['upgrade'],
  },
  [
    {
      id: 'UPG-01',
      title: 'Every claim that held before the upgrade holds after it',
      sources: [upstream('upgrade')],
      shownBy: 'the gate: two runs compared claim by claim',
    },
    {
      id: 'UPG-02',
      title:
        'Long-lived connections through a service address survive the upgrade when graceful restart is on',
      sources: [upstream('bgp-operation', 'Upgrading or Downgrading Cilium')],
      disruptive: true,
      shownBy: 'probes over the upgrade, under both traffic policies: longest gap, resets',
    },
    {
      id: 'UPG-03',
      title: 'The router keeps every route while the agents restart',
      sources: [upstream('bgp-operation', 'Upgrading or Downgrading Cilium')],
      needs: ['upgrade', 'router'],
      disruptive: true,
      shownBy: "the router's route events, with times",
    },
    {
      id: 'UPG-04',
      title: 'Custom resources of the older API version still work, or are refused with a clear message',
      sources: [upstream('upgrade', 'Custom Resource Versions')],
      shownBy:
        "the Kubernetes API's answers, and services that take addresses from pools of the older version",
    },
  ],
);
