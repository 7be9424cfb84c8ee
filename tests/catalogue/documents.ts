import type { Source } from './claim.ts';

/** The documents the suite encodes: titles as they stand, with an English rendering where they are Korean. */
export const documents = {
  bgpSetup: '[cilium] BGP 설정 방법 (How to set up BGP)',
  bgpStudy: '[Cilium Study 1기 by Gasida] - Cilium BGP Control Plane',
  notes: '[cilium] 연재 모음 (Notes on Cilium: policy, scale, service mesh, BGP, routing, masquerading)',
  loadBalancer: "[cilium] cilium 의 LoadBalancer 서비스 (Cilium's LoadBalancer services)",
  week5: '[5주차 - Cilium 스터디] BGP Control Plane & Cluster Mesh (Cilium study, week 5)',
} as const;

export function cite(document: keyof typeof documents, section: string): Source {
  return { document: documents[document], section };
}

/** Cilium's own documentation and source, by area. */
export function upstream(area: string): Source {
  return { cilium: area };
}
