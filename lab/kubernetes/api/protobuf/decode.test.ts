import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { decodeKubeProtobuf } from './decode.ts';
import { UnknownMessageError, WireError } from './wire.ts';

// Objects with every field set, in both encodings: round-trip fixtures of Kubernetes itself (testdata/HEAD of
// kubernetes/api and kubernetes/apiextensions-apiserver, Apache-2.0).
const fixtures = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testdata', 'kubernetes.json'), 'utf8'),
) as Record<string, { protobuf: string; json: object }>;

for (const [name, { protobuf, json }] of Object.entries(fixtures)) {
  test(`${name} as Kubernetes encodes it`, () => {
    expect(decodeKubeProtobuf(Buffer.from(protobuf, 'base64'))).toEqual({ object: json, unknown: [] });
  });
}

const magic = Buffer.from('k8s\0');

function lengthDelimited(number: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([Buffer.of(number * 8 + 2, bytes.length), bytes]);
}

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([lengthDelimited(1, apiVersion), lengthDelimited(2, kind)]);
  return Buffer.concat([magic, lengthDelimited(1, type), lengthDelimited(2, raw)]);
}

test('options of a deletion come under the version of their group', () => {
  const raw = Buffer.of(1 * 8, 0);
  expect(decodeKubeProtobuf(envelope('coordination.k8s.io/v1', 'DeleteOptions', raw)).object).toEqual({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 0,
  });
});

test('a negative number is a varint of ten bytes', () => {
  const minusOne = Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
  const raw = lengthDelimited(2, Buffer.concat([Buffer.of(2 * 8), minusOne]));
  expect(decodeKubeProtobuf(envelope('coordination.k8s.io/v1', 'Lease', raw)).object).toMatchObject({
    spec: { leaseDurationSeconds: -1 },
  });
});

test('members of an inlined struct stand among those around it, a quantity is a string', () => {
  const emptyDir = Buffer.concat([
    lengthDelimited(1, 'Memory'),
    lengthDelimited(2, lengthDelimited(1, '1Gi')),
  ]);
  const volume = Buffer.concat([lengthDelimited(1, 'v'), lengthDelimited(2, lengthDelimited(2, emptyDir))]);
  expect(
    decodeKubeProtobuf(envelope('v1', 'Pod', lengthDelimited(2, lengthDelimited(1, volume)))).object,
  ).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }] },
  });
});

test('a field that is not described is named, the others are read', () => {
  const raw = lengthDelimited(2, Buffer.concat([lengthDelimited(1, 'me'), Buffer.of(15 * 8, 1)]));
  expect(decodeKubeProtobuf(envelope('coordination.k8s.io/v1', 'Lease', raw))).toEqual({
    object: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: { holderIdentity: 'me' } },
    unknown: ['Lease.spec, number 15'],
  });
});

const lease = (raw: Buffer): Buffer => envelope('coordination.k8s.io/v1', 'Lease', raw);
const broken: readonly (readonly [what: string, bytes: Buffer, message: RegExp])[] = [
  ['no mark', Buffer.from('{}'), /begin with the mark/],
  ['a cut message', lease(Buffer.of(2 * 8 + 2, 20, 1)), /20 bytes long, 1 are left/],
  ['a number that does not end', lease(Buffer.of(0x80)), /ends inside a number/],
  ['a number over 64 bits', lease(Buffer.alloc(11, 0xff)), /longer than 64 bits/],
  ['a wire type no longer in use', lease(Buffer.of(2 * 8 + 3)), /wire type 3/],
  ['a number for a message', lease(Buffer.of(2 * 8, 1)), /Lease\.spec is a number/],
  ['field number 0', lease(Buffer.of(2, 0)), /number 0/],
];

for (const [what, bytes, message] of broken) {
  test(`refused: ${what}`, () => {
    expect(() => decodeKubeProtobuf(bytes)).toThrow(message);
    expect(() => decodeKubeProtobuf(bytes)).toThrow(WireError);
  });
}

test('a kind without a description is told apart from broken bytes', () => {
  expect(() => decodeKubeProtobuf(envelope('v1', 'ComponentStatus', Buffer.of()))).toThrow(
    UnknownMessageError,
  );
});

test('an object that does not say what it is, is what it was sent as', () => {
  const raw = lengthDelimited(2, lengthDelimited(1, 'me'));
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  expect(decodeKubeProtobuf(envelope('', '', raw), lease).object).toEqual({
    ...lease,
    spec: { holderIdentity: 'me' },
  });
});
