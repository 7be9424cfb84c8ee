import { expect, test } from '@playwright/test';
import { filesBelow, runInline } from './inline-run.ts';

test('planted secrets are in no file of a run and on no line of its output', async () => {
  const run = await runInline(test.info(), {
    'a.spec.ts': `
      import { writeFileSync } from 'node:fs';
      // In pieces, because the failing test's own source goes into Playwright's error context.
      const planted = ['PLAN', 'TED'].join('');
      const key = ['-----BEGIN EC PRIVATE KEY-----', '' + planted + 'key', '-----END EC PRIVATE KEY-----'].join('\\n');
      test('one', claim('BGP-24'), async ({}, info) => {
        await recordLab(info, { ...lab, versions: { note: 'token=' + planted + 'version' } });
        console.log('connecting with password=' + planted + 'stdout');
        await evidence(info, 'kubeconfig', 'users:\\n- user:\\n    client-key-data: PLANTEDdata\\n    token: ' + planted + 'token');
        await evidence(info, 'frr.conf', ' neighbor 192.168.10.100 password ' + planted + 'md5');
        await evidence(info, 'secret', { kind: 'Secret', data: { password: '' + planted + 'secret', other: '' + planted + 'other' } });
        await evidence(info, 'key', { text: key });
        writeFileSync(info.outputPath('wire.pcap'), Buffer.concat([Buffer.from([0, 1]), Buffer.from('Bearer ' + planted + 'wire0123')]));
        await evidenceFile(info, 'wire', info.outputPath('wire.pcap'), 'application/vnd.tcpdump.pcap');
        measured(info, { name: 'login with --password ' + planted + 'measured', ms: 1, resolutionMs: 1 });
        expect('Authorization: Bearer ' + planted + 'bearer').toBe('password: ' + planted + 'expected');
      });
      test('two', claim('BGP-25'), async ({}, info) => {
        throw inconclusive(info, 'https://user:' + planted + 'userinfo@router/ did not answer');
      });`,
  });

  expect(run.report().claims.map(claim => claim.verdict)).toEqual(['failed', 'inconclusive']);
  const files = filesBelow(run.out);
  expect(files.map(file => file.name)).toEqual(
    expect.arrayContaining(['conformance.json', 'conformance.html', 'junit.xml', '0-4-wire.pcap']),
  );
  expect(files.filter(file => file.text.includes('PLANTED')).map(file => file.name)).toEqual([]);
  expect(run.stdout + run.stderr).not.toContain('PLANTED');
});
