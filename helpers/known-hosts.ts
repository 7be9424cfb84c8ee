import { createHmac } from 'node:crypto';

/** A line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
interface KnownKey {
  readonly patterns: string;
  readonly key: string;
  readonly revoked: boolean;
}

/**
 * The public keys (`ssh-ed25519 AAAA…`) that a known_hosts file has for a host, revoked ones left out. Names may be
 * hashed. Certificate authorities are not followed.
 * @throws Error on a line that is none, with its number
 */
export function knownHostKeys(knownHosts: string, host: string, port = 22): string[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const found = parse(knownHosts).filter(({ patterns }) => matches(patterns, name));
  const revoked = new Set(found.filter(line => line.revoked).map(line => line.key));
  return [...new Set(found.map(line => line.key))].filter(key => !revoked.has(key));
}

function parse(text: string): KnownKey[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [patterns, type, base64] = words;
    if (patterns === undefined || type === undefined || base64 === undefined) {
      throw new Error(`line ${index + 1} is not one of a known_hosts file: ${line.slice(0, 80)}`);
    }
    if (marker === '@cert-authority') return [];
    return [{ patterns, key: `${type} ${base64}`, revoked: marker === '@revoked' }];
  });
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = patterns.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  let found = false;
  for (const pattern of patterns.split(',')) {
    const negated = pattern.startsWith('!');
    if (!glob(negated ? pattern.slice(1) : pattern).test(name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'i',
  );
