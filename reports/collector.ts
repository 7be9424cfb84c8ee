import { relative } from 'node:path';
import type { TestCase, TestResult } from '@playwright/test/reporter';
import type { LabInfo, Measured } from '../fixtures/evidence/record.ts';
import { redact } from '../helpers/redact.ts';
import { findClaim } from '../tests/catalogue/index.ts';
import type { ClaimResult, EvidenceFile, Proof, Repetition } from './conformance.ts';
import { describeClaim, worst, worstRepetition } from './conformance.ts';
import { isEvidence, storeEvidence } from './evidence-store.ts';
import { stepsOf } from './steps.ts';
import { verdictOf } from './verdict.ts';

interface Gathered {
  readonly test: string;
  readonly repetitions: Repetition[];
  readonly evidence: EvidenceFile[];
}

/** Gathers what the tests of a run hand over, claim by claim; evidence goes to the run's folder as it comes. */
export class Collector {
  readonly labs: LabInfo[] = [];
  readonly problems: string[] = [];
  readonly unrun = new Map<string, string>();
  readonly #claims = new Map<string, Gathered>();
  readonly #folder: string;
  readonly #root: string;

  constructor(folder: string, root: string) {
    this.#folder = folder;
    this.#root = root;
  }

  /** The chosen tests: each claim counts as not run until it has. */
  expect(tests: readonly TestCase[]): void {
    for (const id of tests.map(claimOf)) {
      if (id !== undefined)
        this.unrun.set(id, 'its test was chosen and did not run: the run ended before, or a set-up failed');
    }
  }

  /** Returns the claim and how it went, or undefined for a test of no claim and one that was not run. */
  add(test: TestCase, result: TestResult): { id: string; repetition: Repetition; index: number } | undefined {
    this.#addLab(result);
    const id = claimOf(test);
    const verdict = verdictOf(result);
    const place = `${relative(this.#root, test.location.file)}:${test.location.line}`;
    if (id === undefined || findClaim(id) === undefined) {
      const what = id === undefined ? test.title : `claim ${id}, which the catalogue does not have`;
      if (id !== undefined || verdict?.verdict === 'failed' || verdict?.verdict === 'inconclusive') {
        this.problems.push(`${place}: ${what}: ${verdict?.reason ?? verdict?.verdict ?? 'not run'}`);
      }
      return undefined;
    }
    if (verdict === undefined) return undefined;
    this.unrun.delete(id);
    const gathered = this.#claims.get(id) ?? { test: place, repetitions: [], evidence: [] };
    this.#claims.set(id, gathered);

    const index = gathered.repetitions.length;
    const repetition: Repetition = {
      ...verdict,
      startedAt: result.startTime.toISOString(),
      durationMs: Math.round(result.duration),
      measured: this.#measured(id, result),
      steps: stepsOf(result),
    };
    gathered.repetitions.push(repetition);
    for (const [ordinal, attachment] of result.attachments.filter(isEvidence).entries()) {
      try {
        gathered.evidence.push(storeEvidence(this.#folder, id, index, attachment, ordinal));
      } catch (error) {
        this.problems.push(`${id}: could not keep ${attachment.name}: ${String(error)}`);
      }
    }
    return { id, repetition, index };
  }

  /** @param proofs what deliberate faults did to the claims' checks, by claim */
  results(proofs: ReadonlyMap<string, readonly Proof[]>): ClaimResult[] {
    return [...this.#claims].flatMap(([id, { test, repetitions, evidence }]) => {
      const claim = findClaim(id);
      if (claim === undefined) return [];
      const verdict = worst(repetitions.map(repetition => repetition.verdict));
      const reason = worstRepetition({ repetitions, verdict })?.reason;
      return {
        ...describeClaim(claim),
        verdict,
        ...(reason === undefined ? {} : { reason }),
        durationMs: Math.max(...repetitions.map(repetition => repetition.durationMs)),
        test,
        repetitions,
        evidence,
        ...(proofs.has(id) ? { proofs: proofs.get(id) ?? [] } : {}),
      };
    });
  }

  #addLab(result: TestResult): void {
    const attached = result.attachments.find(attachment => attachment.name === 'lab')?.body?.toString('utf8');
    const text = attached ?? result.annotations.find(annotation => annotation.type === 'lab')?.description;
    if (text === undefined) return;
    const lab = parsed(text, isLab);
    if (lab === undefined) {
      const problem =
        'a test handed over a lab description that is not one (provider, system, versions, topology)';
      if (!this.problems.includes(problem)) this.problems.push(problem);
    } else if (!this.labs.some(known => known.topology.name === lab.topology.name)) {
      this.labs.push(lab);
    }
  }

  #measured(id: string, result: TestResult): Measured[] {
    return result.annotations
      .filter(annotation => annotation.type === 'measured')
      .flatMap(({ description = '' }) => {
        const time = parsed(description, isMeasured);
        if (time !== undefined) return { ...time, name: redact(time.name) };
        this.problems.push(`${id}: not a measured time: ${redact(description)}`);
        return [];
      });
  }
}

export function claimOf(test: Pick<TestCase, 'annotations'>): string | undefined {
  return test.annotations.find(annotation => annotation.type === 'claim')?.description;
}

function parsed<T>(text: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(redact(text));
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isMeasured(value: unknown): value is Measured {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    Number.isFinite(value.ms) &&
    Number.isFinite(value.resolutionMs)
  );
}

function isLab(value: unknown): value is LabInfo {
  return (
    isRecord(value) &&
    typeof value.provider === 'string' &&
    isRecord(value.system) &&
    typeof value.system.label === 'string' &&
    isRecord(value.versions) &&
    isRecord(value.topology) &&
    Array.isArray(value.topology.hosts)
  );
}
