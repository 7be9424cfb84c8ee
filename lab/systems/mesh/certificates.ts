import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority whose files are in `directory`. */
export interface Authority {
  readonly directory: string;
  readonly cert: string;
  readonly key: string;
}

const authorities = new Map<string, Promise<Authority>>();

/**
 * The authority of that name, made when first asked for: clusters of one lab that name the same one share it, as the
 * documents have it copied from one to the other. @throws Error when openssl fails
 */
export function authorityIn(directory: string): Promise<Authority> {
  const known = authorities.get(directory) ?? makeAuthority(directory);
  authorities.set(directory, known);
  return known;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650', '-sha256'];

async function makeAuthority(directory: string): Promise<Authority> {
  mkdirSync(directory, { recursive: true });
  await openssl(directory, [
    ...['-subj', '/CN=Cilium CA', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,digitalSignature,keyCertSign', '-keyout', 'ca.key', '-out', 'ca.crt'],
  ]);
  return { directory, ...(await pair(directory, 'ca')) };
}

/**
 * A certificate of this authority's: files `<name>.crt` and `<name>.key` in `directory`, with `ca.crt` beside them.
 * Both usages, as Cilium's server certificate has them: etcd's gateway is a client of etcd itself.
 */
export async function issue(
  authority: Authority,
  directory: string,
  name: string,
  subject: { readonly commonName: string; readonly names?: readonly string[] },
): Promise<KeyPair> {
  mkdirSync(directory, { recursive: true });
  const { commonName, names = [] } = subject;
  const signer = [
    '-CA',
    path.join(authority.directory, 'ca.crt'),
    '-CAkey',
    path.join(authority.directory, 'ca.key'),
  ];
  await openssl(directory, [
    ...[...signer, '-subj', `/CN=${commonName}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', `extendedKeyUsage=clientAuth${names.length > 0 ? ',serverAuth' : ''}`],
    ...(names.length > 0 ? ['-addext', `subjectAltName=${names.join(',')}`] : []),
    ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
  ]);
  await writeFile(path.join(directory, 'ca.crt'), authority.cert);
  return pair(directory, name);
}

async function pair(directory: string, name: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all(
    ['crt', 'key'].map(kind => readFile(path.join(directory, `${name}.${kind}`), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

async function openssl(directory: string, args: readonly string[]): Promise<void> {
  try {
    // An empty configuration: the machine's own would add extensions a second time.
    await run('openssl', ['req', '-x509', '-config', '/dev/null', ...newKey, ...args], { cwd: directory });
  } catch (error) {
    const said = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(
      `certificates of the mesh: ${said}; it needs the openssl command (Debian package openssl)`,
    );
  }
}
