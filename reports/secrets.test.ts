import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { filesBelow, runInline } from './inline-run.ts';

test('planted secrets are in no file of a run and on no line of its output', async () => {
  const summary = test.info().outputPath('summary.md');
  writeFileSync(summary, '');
  const run = await runInline(
    test.info(),
    {
      'a.spec.ts': `
      import { writeFileSync } from 'node:fs';
      // In pieces, because the failing test's own source goes into Playwright's error context.
      const planted = ['PLAN', 'TED'].join('');
      const key = ['-----BEGIN EC PRIVATE KEY-----', '' + planted + 'key', '-----END EC PRIVATE KEY-----'].join('\\n');
      const md5 = ' neighbor 192.168.10.100 password ' + planted + 'md5';
      test('one', claim('BGP-24'), async ({}, info) => {
        await recordLab(info, { ...lab, versions: { note: 'token=' + planted + 'version' } });
        console.log('connecting with password=' + planted + 'stdout');
        await evidence(info, 'kubeconfig', 'users:\\n- user:\\n    client-key-data: PLANTEDdata\\n    token: ' + planted + 'token');
        await evidence(info, 'frr.conf', md5);
        await evidence(info, 'secret', { kind: 'Secret', data: { password: '' + planted + 'secret', other: '' + planted + 'other' } });
        await evidence(info, 'key', { text: key });
        writeFileSync(info.outputPath('wire.pcap'), Buffer.concat([Buffer.from([0, 1]), Buffer.from('Bearer ' + planted + 'wire0123')]));
        await evidenceFile(info, 'wire', info.outputPath('wire.pcap'), 'application/vnd.tcpdump.pcap');
        measured(info, { name: 'login with --password ' + planted + 'measured', ms: 1, resolutionMs: 1 });
        expect('Authorization: Bearer ' + planted + 'bearer').toBe('password: ' + planted + 'expected');
      });
      test('two', claim('BGP-25'), async ({}, info) => {
        throw inconclusive(info, 'https://user:' + planted + 'userinfo@router/ did not answer');
      });
      test('three', claim('BGP-26'), async ({}, info) => {
        const line = 'enable password ' + planted + 'vty';
        await evidence(info, 'running with token=' + planted + 'name', { kind: 'exact', expected: [md5], observed: [line], failure: 'password: ' + planted + 'failure' });
        await evidence(info, 'lines', { kind: 'change', what: 'password=' + planted + 'what', columns: ['line'], before: [[md5]], after: [['token: ' + planted + 'after']] });
        await evidence(info, 'table', { kind: 'table', columns: ['line'], rows: [[md5], ['sshpass -p ' + planted + 'ssh ssh router']] });
        await evidence(info, 'tally', { kind: 'tally', counts: { ['token=' + planted + 'tally']: 3 } });
        await evidence(info, 'time', { kind: 'timeline', events: [{ atMs: 1, what: 'login --token ' + planted + 'event', lane: 'password=' + planted + 'lane' }] });
        await evidence(info, 'packets', { kind: 'packets', points: ['router'], packets: [{ what: 'GET', seen: { router: 'Authorization: Bearer ' + planted + 'seen0' } }] });
        await evidence(info, 'answers', { kind: 'answers', answers: [{ atMs: 1, failure: 'https://user:' + planted + 'answer@router/' }], events: [{ atMs: 0, what: 'api-key: ' + planted + 'act' }] });
        expect(1).toBe(1);
      });`,
    },
    [],
    { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
  );

  expect(run.report().claims.map(claim => claim.verdict)).toEqual(['failed', 'inconclusive', 'passed']);
  const latest = join(run.out, 'latest');
  const gated = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'gate.ts'), latest, latest],
    { env: { ...process.env, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary } },
  );
  const files = filesBelow(run.out);
  expect(files.map(file => file.name)).toEqual(
    expect.arrayContaining([
      'conformance.json',
      'conformance.html',
      'junit.xml',
      'gate.json',
      'gate.md',
      '0-4-wire.pcap',
    ]),
  );
  expect(files.filter(file => file.text.includes('PLANTED')).map(file => file.name)).toEqual([]);
  expect(readFileSync(summary, 'utf8')).toContain('BGP-24');
  for (const said of [run.stdout, run.stderr, gated.stdout, gated.stderr, readFileSync(summary, 'utf8')]) {
    expect(said).not.toContain('PLANTED');
  }
});
