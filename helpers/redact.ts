/**
 * Takes secrets out of what is written: private keys, tokens, passwords, kubeconfig credentials, the values of
 * Kubernetes Secrets. Doing it twice changes nothing more, so that digests taken after it stay true.
 */
export function redact(text: string): string {
  return patterns.reduce((result, apply) => apply(result), redactSecretManifests(text));
}

/** The same for bytes that are not text, e.g. a capture: a secret is overwritten in place, all else stays where it was. */
export function redactBytes(bytes: Buffer): Buffer {
  let text = bytes.toString('latin1');
  for (const find of unmistakable) text = text.replace(find, secret => 'x'.repeat(secret.length));
  return Buffer.from(text, 'latin1');
}

const gone = '[redacted]';

/** Up to its end, or, where it was cut off, as far as it looks like one. */
const privateKey =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[^"]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|(?:[\w+/=\s]|\\+[nr])*)/g;
const jsonWebToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
const bearer = /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/g;
const unmistakable = [privateKey, jsonWebToken, bearer];

/** Keys whose value is a secret, also with a prefix: `auth-password`, `access_token`. */
const secretKey =
  '[\\w-]*(?:password|passwd|passphrase|token|client-key-data|client-certificate-data|private[-_]?key|secret[-_]?key|apikey|api[-_]key)';

const patterns: readonly ((text: string) => string)[] = [
  text => text.replace(privateKey, `${gone} private key`),
  text => text.replace(/\bLS0tLS1CRUdJTi[\w+/]+=*/g, base64Key),
  text => text.replace(jsonWebToken, gone),
  text => text.replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/g, `$1 ${gone}`),
  // "key": "value" in JSON, also JSON inside a JSON string.
  text =>
    text.replace(
      new RegExp(`(\\\\?"${secretKey}\\\\?"\\s*:\\s*)\\\\?"(?:[^"\\\\]|\\\\[^"])*\\\\?"`, 'gi'),
      jsonValue,
    ),
  // key: value of YAML, key=value of environments and command lines; a JSON key has a quote before the colon.
  text =>
    text.replace(
      new RegExp(
        `(\\b${secretKey}(?::[ \\t]+|=))(?!["']?\\[redacted\\])("[^"\\n]*"|'[^'\\n]*'|[^\\s"',;}]+)`,
        'gi',
      ),
      `$1${gone}`,
    ),
  text => text.replace(new RegExp(`(--${secretKey}\\s+)(?!\\[redacted\\])[^\\s-]\\S*`, 'gi'), `$1${gone}`),
  text => text.replace(/(\bsshpass\s+-p\s*)(?!\[redacted\])('[^']*'|"[^"]*"|\S+)/g, `$1${gone}`),
  // FRR: MD5 passwords of neighbours, passwords of vtys.
  text => text.replace(/(\bneighbor\s+\S+\s+password\s+)(?!\[redacted\])(?:\d\s+)?[^\s"\\]+/g, `$1${gone}`),
  text => text.replace(/^(\s*(?:enable )?password\s+)(?!\[redacted\])\S+(?: \S+)?\s*$/gm, `$1${gone}`),
  // The same as a row of evidence, in JSON.
  text =>
    text.replace(/((?:"|\\n)\s*(?:enable )?password\s+)(?!\[redacted\])(?:\d\s+)?[^\s"\\]+/g, `$1${gone}`),
  text => text.replace(/(:\/\/[^\s:/@]+:)(?!\[redacted\]@)[^\s:/@]+@/g, `$1${gone}@`),
];

function base64Key(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('latin1').includes('PRIVATE KEY') ? gone : encoded;
}

function jsonValue(match: string, key: string): string {
  const quote = match.slice(key.length).startsWith('\\') ? '\\"' : '"';
  return `${key}${quote}${gone}${quote}`;
}

/** `data` and `stringData` of Kubernetes Secrets, in JSON and in YAML. */
function redactSecretManifests(text: string): string {
  if (!/["']?kind["']?\s*:\s*["']?Secret\b/.test(text)) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return JSON.stringify(parsed, secretData, 2);
  } catch {
    return text.split(/^---$/m).map(redactSecretYaml).join('---');
  }
}

function secretData(this: unknown, key: string, value: unknown): unknown {
  const kind = typeof this === 'object' && this !== null && 'kind' in this ? this.kind : undefined;
  if (kind !== 'Secret' || (key !== 'data' && key !== 'stringData')) return value;
  if (typeof value !== 'object' || value === null) return gone;
  return Object.fromEntries(Object.keys(value).map(name => [name, gone]));
}

function redactSecretYaml(document: string): string {
  if (!/kind:\s*["']?Secret\b/.test(document)) return document;
  let within: number | undefined;
  return document
    .split('\n')
    .map(line => {
      const indent = line.search(/\S/);
      const section = /^(\s*(?:- )?)(?:data|stringData):\s*$/.exec(line);
      if (section !== null) {
        within = section[1]?.length ?? 0;
        return line;
      }
      if (within === undefined || indent === -1) return line;
      if (indent <= within) {
        within = undefined;
        return line;
      }
      const entry = /^(\s*[\w.-]+:)/.exec(line);
      return entry === null ? `${' '.repeat(indent)}${gone}` : `${entry[1]} ${gone}`;
    })
    .join('\n');
}
