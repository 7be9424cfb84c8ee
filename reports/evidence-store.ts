import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { TestResult } from '@playwright/test/reporter';
import { evidencePrefix } from '../fixtures/evidence/record.ts';
import { redact, redactBytes } from '../helpers/redact.ts';
import type { EvidenceFile } from './conformance.ts';

type Attachment = TestResult['attachments'][number];

const extensions: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'text/plain': '.txt',
  'text/markdown': '.md',
  'application/vnd.tcpdump.pcap': '.pcap',
};

export function isEvidence(attachment: Attachment): boolean {
  return attachment.name.startsWith(evidencePrefix);
}

/** Copies an attachment, redacted, into the run's folder: `evidence/LB-06/0-router-bgp-table.json`. */
export function storeEvidence(
  folder: string,
  claim: string,
  repetition: number,
  attachment: Attachment,
  ordinal: number,
): EvidenceFile {
  const name = redact(attachment.name.slice(evidencePrefix.length));
  const raw =
    attachment.body ?? (attachment.path === undefined ? Buffer.alloc(0) : readFileSync(attachment.path));
  const bytes = isText(attachment.contentType, raw)
    ? Buffer.from(redact(raw.toString('utf8')))
    : redactBytes(raw);

  const extension =
    extensions[attachment.contentType.split(';')[0] ?? ''] ??
    (attachment.path === undefined ? '.bin' : extname(attachment.path));
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  const file = `evidence/${claim}/${repetition}-${ordinal}-${slug}${extension}`;
  mkdirSync(join(folder, 'evidence', claim), { recursive: true });
  writeFileSync(join(folder, file), bytes);
  return {
    name,
    file,
    contentType: attachment.contentType,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    repetition,
  };
}

export function isText(contentType: string, bytes: Buffer): boolean {
  return /^text\/|json|yaml|xml/.test(contentType) || !bytes.subarray(0, 8192).includes(0);
}
