import { expect, test } from '@playwright/test';
import { redact, redactBytes } from './redact.ts';

/** Not a key: random letters between the markers of one. */
const plantedKey =
  '-----BEGIN RSA PRIVATE KEY-----\nPLANTEDaaaa\nbbbbccccdddd\n-----END RSA PRIVATE KEY-----';
const base64Key = Buffer.from(plantedKey).toString('base64');

const secrets: readonly (readonly [what: string, text: string, secret: string])[] = [
  ['a private key', `before\n${plantedKey}\nafter`, 'PLANTEDaaaa'],
  ['a private key in a JSON string', JSON.stringify({ pem: plantedKey }), 'PLANTEDaaaa'],
  ['a private key that was cut off', plantedKey.slice(0, 50), 'PLANTEDaaaa'],
  [
    'a private key that was cut off in JSON',
    `{"a":"${plantedKey.slice(0, 50).replace('\n', '\\n')}"}`,
    'PLANTEDaaaa',
  ],
  ['a private key in base64', `x: ${base64Key}`, base64Key],
  ['a kubeconfig key', `    client-key-data: UExBTlRFRA==`, 'UExBTlRFRA'],
  ['a kubeconfig certificate in JSON', `{"client-certificate-data":"UExBTlRFRA=="}`, 'UExBTlRFRA'],
  ['a kubeconfig token', 'users:\n- user:\n    token: planted.token', 'planted.token'],
  ['a bearer token', 'Authorization: Bearer planted0123456789', 'planted0123456789'],
  [
    'a JSON web token',
    'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2ln back',
    'eyJzdWIiOiJwbGFudGVkIn0',
  ],
  ['a password in JSON', '{"auth-password": "pl\\u0061nted"}', 'nted'],
  ['a password in JSON in JSON', JSON.stringify({ a: JSON.stringify({ password: 'planted' }) }), 'planted'],
  ['a password in YAML', 'password: "planted word"', 'planted word'],
  ['a password in an environment', 'DB_PASSWORD=planted', 'planted'],
  ['a password as an option', 'tool --password planted --quiet', 'planted'],
  ['a password of sshpass', "sshpass -p 'planted' ssh host", 'planted'],
  ['an MD5 password of FRR', ' neighbor 192.168.10.100 password planted', 'planted'],
  ['a vty password of FRR', 'hostname router\npassword planted\n', 'planted'],
  ['a password in an address', 'https://user:planted@example.org/', 'planted'],
  ['a Secret in JSON', '{"kind":"Secret","data":{"tls.crt":"cGxhbnRlZA=="}}', 'cGxhbnRlZA'],
  ['a Secret in a list', '{"items":[{"kind":"Secret","stringData":{"a":"planted"}}]}', 'planted'],
  [
    'a Secret in YAML',
    'kind: Secret\nmetadata:\n  name: kept\ndata:\n  a: |\n    planted\n  b: planted\ntype: x',
    'planted',
  ],
];

for (const [what, text, secret] of secrets) {
  test(`redacts ${what}, once and for all`, () => {
    const redacted = redact(text);
    expect(text).toContain(secret);
    expect(redacted).not.toContain(secret);
    expect(redact(redacted)).toBe(redacted);
  });
}

test('keeps what is no secret', () => {
  const kept = [
    'With an MD5 password the right one establishes the session and a wrong one does not',
    'authSecretRef: bgp-auth',
    '{"kind":"Pod","data":{"a":"b"}}',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    'condition MissingAuthSecret: secret bgp-auth not found',
    '172.20.0.0/24 nhid 64 via 192.168.10.100 dev eth1 proto bgp metric 20',
  ].join('\n');
  expect(redact(kept)).toBe(kept);
  expect(redact('kind: Secret\nmetadata:\n  name: kept\ndata:\n  b: x\ntype: y')).toContain('name: kept');
});

test('overwrites secrets in bytes without moving anything', () => {
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0]),
    Buffer.from('Bearer planted0123'),
    Buffer.from([0, 0xfe]),
  ]);
  const redacted = redactBytes(bytes);
  expect(redacted.length).toBe(bytes.length);
  expect(redacted.toString('latin1')).not.toContain('planted');
  expect([redacted.at(0), redacted.at(-1)]).toEqual([0xff, 0xfe]);
});

test('the password lines of a router, also as rows of evidence in JSON', () => {
  for (const line of ['enable password PLANTED', ' password 8 PLANTED', 'password PLANTED']) {
    expect(redact(line)).not.toContain('PLANTED');
    const rows = redact(JSON.stringify({ observed: [line, `hostname r\n${line}`] }));
    expect(rows, line).not.toContain('PLANTED');
    expect(redact(rows)).toBe(rows);
  }
  expect(redact('{"what": "the password PLANTED"}')).toContain('the password');
});
