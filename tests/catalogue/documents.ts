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

/** The release whose documentation and source the claims cite: a later one may move a section. */
const docs = 'https://docs.cilium.io/en/v1.19';
const tree = 'https://github.com/cilium/cilium/blob/v1.19.4';

/** Pages of Cilium's documentation: title and path. */
const pages = {
  bgp: ['Cilium BGP Control Plane', 'network/bgp-control-plane/bgp-control-plane'],
  'bgp-configuration': [
    'BGP Control Plane Resources',
    'network/bgp-control-plane/bgp-control-plane-configuration',
  ],
  'bgp-operation': [
    'BGP Control Plane Operation Guide',
    'network/bgp-control-plane/bgp-control-plane-operation',
  ],
  'mesh-affinity': ['Service Affinity', 'network/clustermesh/affinity'],
  'mesh-services': ['Load-balancing & Service Discovery', 'network/clustermesh/services'],
  'kubeproxy-free': ['Kubernetes Without kube-proxy', 'network/kubernetes/kubeproxy-free'],
  'l2-announcements': ['L2 Announcements / L2 Aware LB', 'network/l2-announcements'],
  'lb-ipam': ['LoadBalancer IP Address Management (LB IPAM)', 'network/lb-ipam'],
  upgrade: ['Upgrade Guide', 'operations/upgrade'],
} as const;

/** A page of Cilium's documentation, or a section of it by its heading. */
export function upstream(page: keyof typeof pages, section?: string): Source {
  const [title, path] = pages[page];
  const url = `${docs}/${path}/`;
  return section === undefined
    ? { cilium: title, url }
    : { cilium: `${title}, “${section}”`, url: `${url}#${anchor(section)}` };
}

/** A file of Cilium's source. */
export function source(path: string): Source {
  return { cilium: path, url: `${tree}/${path}` };
}

/** The anchor that Sphinx gives a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
