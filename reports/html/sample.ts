import { join } from 'node:path';
import type { Evidence } from '../../fixtures/evidence/kinds.ts';
import { bgp } from '../../lab/topologies/bgp.ts';
import { claims } from '../../tests/catalogue/index.ts';
import type { ClaimResult, Conformance, Step } from '../conformance.ts';
import { describeClaim } from '../conformance.ts';
import { storeEvidence } from '../evidence-store.ts';
import { summarise } from '../summary.ts';

// A made-up run with evidence of every kind, as large as wanted: for tests of the page and for its benchmark.

const capture = join(import.meta.dirname, '../../helpers/pcap/testdata/vip-cluster-node1.pcap');

/** Evidence of every kind, as a claim's test would hand it over. */
export const sampleEvidence: readonly (readonly [name: string, seen: Evidence | string])[] = [
  [
    'requests by entry node',
    { kind: 'tally', counts: { 'k8s-ctr': 41, 'k8s-w1': 36, 'k8s-w0': 43 }, pValue: 0.73 },
  ],
  [
    'next hops of 172.16.1.1/32',
    {
      kind: 'exact',
      expected: ['via 192.168.10.100', 'via 192.168.10.101'],
      observed: ['via 192.168.10.100', 'via 192.168.10.101'],
    },
  ],
  [
    'next hops of 172.16.1.1/32',
    {
      kind: 'exact',
      expected: ['via 192.168.10.100'],
      observed: ['via 192.168.10.100', 'via 192.168.20.100'],
      failure: 'was not as expected within 30.0 s',
    },
  ],
  [
    'routes of the router',
    {
      kind: 'change',
      what: 'k8s-w1 lost its last backend',
      columns: ['prefix', 'via'],
      before: [
        ['172.16.1.1/32', '192.168.10.100'],
        ['172.16.1.1/32', '192.168.10.101'],
      ],
      after: [['172.16.1.1/32', '192.168.10.100']],
    },
  ],
  [
    'sessions',
    {
      kind: 'table',
      columns: ['node', 'state'],
      rows: [
        ['k8s-ctr', 'Established'],
        ['k8s-w1', 'Established'],
      ],
    },
  ],
  [
    'outage',
    {
      kind: 'timeline',
      events: [
        { atMs: 0, what: 'cable pulled', lane: 'k8s-w1' },
        { atMs: 120, untilMs: 9_150, what: 'route still there', lane: 'router' },
        { atMs: 9_150, what: 'route withdrawn', lane: 'router' },
      ],
    },
  ],
  [
    'failover to the other cluster',
    {
      kind: 'answers',
      answers: Array.from({ length: 200 }, (_, i) =>
        i < 100
          ? { atMs: i * 20, by: 'west/webpod-1' }
          : i < 104
            ? { atMs: i * 20, failure: 'timeout' }
            : { atMs: i * 20, by: `east/webpod-${i % 2}` },
      ),
      events: [{ atMs: 1_990, what: 'scaled to 0 in west' }],
    },
  ],
  [
    'who saw the SYN',
    {
      kind: 'packets',
      points: ['router eth1', 'k8s-ctr eth1', 'k8s-w0 eth1'],
      packets: [
        {
          what: 'SYN 10.10.1.9:40000',
          atMs: 0.2,
          seen: {
            'router eth1': '10.10.1.9:40000 > 172.16.1.1:80 TCP SYN',
            'k8s-w0 eth1': 'Geneve, DSR 172.16.1.1:80',
          },
        },
      ],
    },
  ],
  ['router log', 'BGP: %ADJCHANGE: neighbor 192.168.10.100 in vrf default Up\n'.repeat(20)],
];

const sampleSteps: readonly Step[] = [
  { title: 'expose webpod as webpod-lb under policy Local: 172.16.1.1', atMs: 3, durationMs: 210, depth: 0 },
  { title: 'create service webpod-lb on port 80', atMs: 40, durationMs: 35, depth: 1 },
  {
    title: 'next hops of 172.16.1.1/32: k8s-ctr, k8s-w1 after 140 ms',
    atMs: 213,
    durationMs: 640,
    depth: 0,
    error: 'one next hop too many',
  },
  { title: 'undo: delete Service webpod-lb', atMs: 870, durationMs: 60, depth: 0 },
];

/** @param folder the run's folder, where the evidence is put */
export function sampleRun(folder: string, count: number): Conformance {
  const results = Array.from({ length: count }, (_, index) => sampleResult(folder, index));
  return summarise({
    run: { id: 'sample', startedAt: '2025-08-15T12:16:28.000Z', durationMs: 61_000, ended: 'normally' },
    labs: [
      {
        provider: 'netns',
        system: { name: 'reference', version: '1.18.0', label: 'reference (our stand-in, not Cilium)' },
        versions: { frr: '8.4.4', gobgp: '3.10.0' },
        topology: bgp,
      },
    ],
    claims: results,
    unrun: new Map(),
    problems: [],
    playwright: '1.65.1',
  });
}

function sampleResult(folder: string, index: number): ClaimResult {
  const claim = claims[index];
  if (claim === undefined) throw new Error(`the catalogue has no ${index + 1} claims`);
  const verdict = index === 3 ? 'failed' : index === 4 ? 'inconclusive' : 'passed';
  const evidence = sampleEvidence.map(([name, seen], ordinal) => {
    const text = typeof seen === 'string';
    const body = Buffer.from(text ? seen : JSON.stringify(seen));
    const contentType = text ? 'text/plain' : 'application/json';
    return storeEvidence(folder, claim.id, 0, { name: `evidence: ${name}`, contentType, body }, ordinal);
  });
  const pcap = {
    name: 'evidence: k8s-w1-eth1.pcap',
    contentType: 'application/vnd.tcpdump.pcap',
    path: capture,
  };
  return {
    ...describeClaim(claim),
    verdict,
    ...(verdict === 'passed'
      ? {}
      : { reason: `${verdict}: what was seen was not what had to be\n${'row\n'.repeat(30)}` }),
    durationMs: 1_200 + index,
    test: 'tests/lb/traffic.spec.ts:32',
    repetitions: [70, 74, 71].map(ms => ({
      steps: sampleSteps,
      verdict,
      startedAt: '2025-08-15T12:16:28.000Z',
      durationMs: 1_200,
      measured: [
        { name: 'policy Local, from the API call to the kernel route', ms: ms + index, resolutionMs: 6 },
      ],
    })),
    evidence: [...evidence, storeEvidence(folder, claim.id, 0, pcap, sampleEvidence.length)],
    proofs: [
      { fault: claim.faults[0] ?? 'none', outcome: 'killed', proven: true, at: '2025-08-14T02:00:00.000Z' },
      { fault: 'another-fault', outcome: 'survived', proven: false, at: '2025-08-14T02:00:00.000Z' },
    ],
  };
}
