import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { type Theirs, test } from './theirs.ts';

// What somebody sees whose inventory, machines, keys or rights are not as they should be: one message, with what to do.

/** What a run prints that cannot begin. */
async function said(theirs: Theirs, inventory: string): Promise<string> {
  const { code, printed, report } = await theirs.run(['BGP-05', 'BGP-06'], { inventory });
  expect(code, printed).not.toBe(0);
  expect(report?.claims ?? [], 'told once, not by each claim').toEqual([]);
  return printed;
}

/** A private key that no machine knows. */
function strangersKey({ stage }: Theirs): string {
  const file = path.join(path.dirname(stage.inventory), 'stranger');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return file;
}

/** How often a text is in another. */
const times = (text: string, of: RegExp): number => [...text.matchAll(new RegExp(of, 'g'))].length;

const withText = ({ stage }: Theirs, from: string | RegExp, to: string): string =>
  stage.write('wrong.yaml', text => text.replace(from, to));

function withKnownHosts(theirs: Theirs, lines: readonly string[]): string {
  const file = `${theirs.stage.knownHosts}.other`;
  writeFileSync(file, `${lines.join('\n')}\n`);
  return withText(theirs, 'knownHosts: known_hosts', `knownHosts: ${path.basename(file)}`);
}

const known = ({ stage }: Theirs): string[] => readFileSync(stage.knownHosts, 'utf8').trim().split('\n');

test('an inventory with a wrong field: its line, its name, what it should be; before anything else', async ({
  theirs,
}) => {
  const printed = await said(theirs, withText(theirs, 'asn: 65001', 'asn: x'));

  expect(printed).toMatch(/wrong\.yaml:8: clusters\[0\]\.asn: must be integer/);
  expect(times(printed, /must be integer/)).toBe(1);
});

test('a machine that does not answer: which, where, why', async ({ theirs }) => {
  const printed = await said(
    theirs,
    withText(
      theirs,
      /k8s-w0: \{ address: 127\.0\.0\.1, port: \d+ \}/,
      'k8s-w0: { address: 127.0.0.1, port: 9 }\n  # ',
    ),
  );

  // Its key is looked for first.
  expect(printed).toMatch(/k8s-w0: \S+known_hosts has no key for \[127\.0\.0\.1\]:9/);
  const [, key = ''] = /^\S+ (.*)$/.exec(known(theirs).at(-1) ?? '') ?? [];
  const other = withKnownHosts(theirs, [...known(theirs), `[127.0.0.1]:9 ${key}`]);
  const text = readFileSync(other, 'utf8').replace(
    /k8s-w0: \{[^}]*\}/,
    'k8s-w0: { address: 127.0.0.1, port: 9 }',
  );
  const closed = theirs.stage.write('closed.yaml', () => text);
  expect(await said(theirs, closed)).toMatch(
    /ssh to k8s-w0 failed: 127\.0\.0\.1 port 9: connect ECONNREFUSED/,
  );
});

test('another host key, or none that is known: refused, with what may be the matter', async ({ theirs }) => {
  const [first = '', second = '', ...others] = known(theirs);
  const [name = ''] = first.split(' ');

  const swapped = await said(
    theirs,
    withKnownHosts(theirs, [second.replace(/^\S+/, name), second, ...others]),
  );
  expect(swapped).toMatch(
    /ssh to router failed: its host key SHA256:\S+ is not the known one \(SHA256:\S+\)/,
  );

  const missing = await said(theirs, withKnownHosts(theirs, [second, ...others]));
  expect(missing).toMatch(
    /router: \S+ has no key for \[127\.0\.0\.1\]:\d+, and unknown machines are not trusted.*ssh-keyscan/,
  );
});

test('a key with which nobody may log in', async ({ theirs }) => {
  const printed = await said(
    theirs,
    withText(theirs, /identityFile: .*/, `identityFile: ${strangersKey(theirs)}`),
  );

  expect(printed).toMatch(/ssh to router failed: .*user root may not log in with this key/);
});

test('no rights: what was asked, the API’s own words, the rule that is missing, the manifest that has it', async ({
  theirs,
}) => {
  const printed = await said(theirs, theirs.powerless);

  expect(printed).toMatch(/cluster default: GET \S+: 403 \S+.* is forbidden: User \S+ cannot (get|list)/);
  expect(printed).toMatch(
    /it takes, in a ClusterRole: apiGroups: \[""\], resources: \["\w+"\], verbs: \["(get|list)"\]/,
  );
  expect(printed).toContain('all the rights that suffice are in lab/providers/existing/rbac.yaml');
  expect(printed).toContain('npm run lab -- rbac cilium-conformance');
});

test('a context that the kubeconfig does not have, a kubeconfig that is not there, a server that is not', async ({
  theirs,
}) => {
  const context = withText(theirs, /^( +)kubeconfig: .*$/m, '$&\n$1context: staging');
  expect(await said(theirs, context)).toMatch(/\.kubeconfig has no context staging; it has \S+/);

  const nowhere = withText(theirs, /kubeconfig: .*/, 'kubeconfig: /no/such/kubeconfig');
  expect(await said(theirs, nowhere)).toMatch(
    /cluster default: the kubeconfig cannot be read: \/no\/such\/kubeconfig: ENOENT/,
  );

  const file = Object.values(theirs.stage.kubeconfigs)[0] ?? '';
  const away = readFileSync(file, 'utf8').replace(/"server": "[^"]+"/, '"server": "https://127.0.0.1:9"');
  writeFileSync(path.join(path.dirname(theirs.stage.inventory), 'away.kubeconfig'), away);
  const noServer = withText(theirs, /kubeconfig: .*/, 'kubeconfig: away.kubeconfig');
  expect(await said(theirs, noServer)).toMatch(/cluster default.*https:\/\/127\.0\.0\.1:9.*ECONNREFUSED/);
});
