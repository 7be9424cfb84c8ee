import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { test as base, expect } from '@playwright/test';
import { fetchCilium } from './fetch.ts';
import { proxyFor } from './http.ts';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A registry of our own over TLS, with made-up images, that misbehaves on request. */
class FakeRegistry {
  readonly requests: string[] = [];
  readonly ca: string;
  readonly #directory: string;
  readonly #server: https.Server;
  readonly #contents = new Map<string, Buffer>();
  readonly #tags = new Map<string, Buffer>();
  /** Blobs that are broken off in the middle, so many times. */
  cuts = 0;
  /** Blobs whose content is not that of their digest. */
  corrupt = false;
  ignoresRanges = false;
  wantsToken = false;

  constructor(directory: string) {
    this.#directory = directory;
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const files = ['-keyout', path.join(directory, 'key'), '-out', path.join(directory, 'crt')];
    execFileSync('openssl', ['req', '-x509', ...key, ...names, ...files], { stdio: 'ignore' });
    this.ca = readFileSync(path.join(directory, 'crt'), 'utf8');
    const tls = { key: readFileSync(path.join(directory, 'key')), cert: this.ca };
    this.#server = https.createServer(tls, (request, response) => this.#serve(request, response));
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, 'localhost', resolve));
  }

  get host(): string {
    return `localhost:${(this.#server.address() as net.AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param layers archives, not yet compressed */
  add(name: string, tag: string, layers: readonly Buffer[], architecture = 'amd64'): void {
    const described = layers.map(layer => {
      const bytes = gzipSync(layer);
      this.#contents.set(digestOf(bytes), bytes);
      return {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf(bytes),
        size: bytes.length,
      };
    });
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: described }));
    this.#contents.set(digestOf(manifest), manifest);
    const index = {
      schemaVersion: 2,
      manifests: [
        { digest: 'sha256:other', size: 1, platform: { os: 'linux', architecture: 'mips' } },
        { digest: digestOf(manifest), size: manifest.length, platform: { os: 'linux', architecture } },
      ],
    };
    this.#tags.set(`${name}:${tag}`, Buffer.from(JSON.stringify(index)));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request;
    this.requests.push(`${url}${headers.range === undefined ? '' : ` ${headers.range}`}`);
    if (url.startsWith('/token')) return void response.end(JSON.stringify({ token: 'anonymous' }));
    if (this.wantsToken && headers.authorization !== 'Bearer anonymous') {
      const realm = `Bearer realm="https://${this.host}/token",service="fake",scope="repository:x:pull"`;
      response.writeHead(401, { 'www-authenticate': realm });
      return void response.end();
    }
    const [, name, kind, reference = ''] =
      /^\/v2\/cilium\/([\w-]+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const found = this.#contents.get(reference) ?? this.#tags.get(`${name}:${reference}`);
    if (found === undefined) {
      response.statusCode = 404;
      return void response.end();
    }
    if (kind === 'manifests') return void response.end(found);
    this.#serveBlob(found, headers.range, response);
  }

  #isStored(size: number): boolean {
    const blobs = path.join(this.#directory, 'cache/.blobs');
    return readdirSync(blobs).some(name => statSync(path.join(blobs, name)).size === size);
  }

  #serveBlob(bytes: Buffer, range: string | undefined, response: ServerResponse): void {
    const content = this.corrupt ? Buffer.alloc(bytes.length, 7) : bytes;
    const from = this.ignoresRanges ? 0 : Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
    if (this.cuts > 0 && content.length - from > 100) {
      this.cuts--;
      response.write(content.subarray(from, from + 50));
      // Once the client has stored them: what is still under way when a connection breaks is lost.
      const look = setInterval(() => {
        if (!this.#isStored(from + 50)) return;
        clearInterval(look);
        response.socket?.destroy();
      }, 5);
    } else response.end(content.subarray(from));
  }
}

interface Fixtures {
  directory: string;
  registry: FakeRegistry;
  fetch: (version?: string, env?: Record<string, string>) => Promise<string>;
}

const test = base.extend<Fixtures>({
  directory: async ({ browserName: _ }, use) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'registry-'));
    await use(directory);
    rmSync(directory, { recursive: true, force: true });
  },
  registry: async ({ directory }, use) => {
    const registry = new FakeRegistry(directory);
    await registry.listen();
    for (const name of ['cilium', 'operator-generic', 'clustermesh-apiserver']) {
      registry.add(name, 'v1.18.0', [archive(directory, { [`usr/bin/${name}`]: incompressible(name) })]);
    }
    await use(registry);
    registry.close();
  },
  fetch: async ({ directory, registry }, use) => {
    await use((version = '1.18.0', env = {}) =>
      fetchCilium(version, {
        cache: path.join(directory, 'cache'),
        registry: `${registry.host}/cilium`,
        platform: 'linux/amd64',
        web: { ca: registry.ca, env },
        onProgress: () => {},
      }),
    );
  },
});

/** Some kilobytes that stay so when they are packed. */
const incompressible = (seed: string): string =>
  Array.from({ length: 100 }, (_, n) => digestOf(Buffer.from(`${seed} ${n}`))).join('');

let archives = 0;

/** A tar archive made by tar: texts are files, `->…` are symbolic links. */
function archive(
  directory: string,
  members: Readonly<Record<string, string>>,
  options: string[] = [],
): Buffer {
  const root = path.join(directory, `archive-${++archives}`);
  for (const [name, text] of Object.entries(members)) {
    mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    // Members without their directories, as some builders write them.
    if (text.startsWith('->')) symlinkSync(text.slice(2), path.join(root, name));
    else writeFileSync(path.join(root, name), text);
  }
  return execFileSync('tar', ['-C', root, ...options, '-c', ...Object.keys(members)], { maxBuffer: 1 << 26 });
}

test('images are unpacked side by side, with a record of what they were', async ({ fetch, registry }) => {
  const directory = await fetch();

  expect(readdirSync(directory).sort()).toEqual([
    'agent',
    'clustermesh-apiserver',
    'images.json',
    'operator',
  ]);
  expect(readFileSync(path.join(directory, 'operator/usr/bin/operator-generic'), 'utf8')).toBe(
    incompressible('operator-generic'),
  );
  expect(JSON.parse(readFileSync(path.join(directory, 'images.json'), 'utf8'))).toMatchObject({
    version: '1.18.0',
    platform: 'linux/amd64',
    images: {
      agent: { name: `${registry.host}/cilium/cilium:v1.18.0`, digest: expect.stringMatching(/^sha256:/) },
    },
  });
  const asked = registry.requests.length;
  expect(await fetch()).toBe(directory);
  expect(registry.requests).toHaveLength(asked);
});

test('a registry that wants a token gets the one it gives', async ({ fetch, registry }) => {
  registry.wantsToken = true;
  await fetch();
  expect(registry.requests.some(url => url.startsWith('/token?service=fake&scope=repository'))).toBe(true);
});

test('a connection that breaks is gone on with where it broke', async ({ fetch, registry }) => {
  registry.cuts = 2;
  const directory = await fetch();
  expect(registry.requests.some(url => / bytes=[1-9]\d*-$/.test(url))).toBe(true);
  expect(readFileSync(path.join(directory, 'agent/usr/bin/cilium'), 'utf8')).toBe(incompressible('cilium'));
});

test('a server without ranges sends it all again', async ({ fetch, registry }) => {
  registry.cuts = 1;
  registry.ignoresRanges = true;
  const directory = await fetch();
  expect(readFileSync(path.join(directory, 'agent/usr/bin/cilium'), 'utf8')).toBe(incompressible('cilium'));
});

test('what an attempt has left is used by the next', async ({ fetch, registry, directory }) => {
  registry.cuts = 100;
  await expect(fetch()).rejects.toThrow(/ended after|hang up|aborted/);
  registry.cuts = 0;
  registry.requests.length = 0;
  await fetch();
  expect(registry.requests.some(url => / bytes=\d+-$/.test(url))).toBe(true);
  expect(readdirSync(path.join(directory, 'cache')).sort()).toEqual(['.blobs', '1.18.0']);
});

test('content that is not what its digest says is refused, and not kept', async ({
  fetch,
  registry,
  directory,
}) => {
  registry.corrupt = true;
  await expect(fetch()).rejects.toThrow(/is not what it should be: digest sha256:\w+, expected sha256:\w+/);
  expect(existsSync(path.join(directory, 'cache/1.18.0'))).toBe(false);
  expect(readdirSync(path.join(directory, 'cache/.blobs'))).toEqual([]);
});

test('a version and a platform that do not exist are named', async ({ fetch, registry, directory }) => {
  await expect(fetch('1.99.0')).rejects.toThrow(/cilium:v1\.99\.0 does not exist/);
  registry.add('cilium', 'v1.50.0', [archive(directory, { a: 'b' })], 'arm64');
  await expect(fetch('1.50.0')).rejects.toThrow(/v1\.50\.0 has no image for linux\/amd64/);
});

test('a registry that cannot be reached says what to do', async ({ directory }) => {
  const server = net.createServer().listen(0, 'localhost');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise(resolve => server.close(resolve));
  const failed = fetchCilium('1.18.0', {
    cache: path.join(directory, 'cache'),
    registry: `localhost:${port}/cilium`,
    onProgress: () => {},
  });
  await expect(failed).rejects.toThrow(/cannot be reached .*CILIUM_IMAGES, CILIUM_ROOT.*HTTPS_PROXY/);
});

test('a proxy of the environment is gone through', async ({ fetch, registry }) => {
  const asked: string[] = [];
  const proxy = http.createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const [host = '', port] = (request.url ?? '').split(':');
    const onward = net.connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    onward.pipe(socket).pipe(onward);
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await new Promise<void>(resolve => proxy.listen(0, 'localhost', resolve));
  await fetch('1.18.0', { HTTPS_PROXY: `http://localhost:${(proxy.address() as net.AddressInfo).port}` });
  proxy.close();
  expect(new Set(asked)).toEqual(new Set([registry.host]));
});

test('NO_PROXY names hosts and domains', () => {
  const env = { HTTPS_PROXY: 'proxy:3128', NO_PROXY: 'internal.example, .quay.io' };
  expect(proxyFor('ghcr.io', env)?.href).toBe('http://proxy:3128/');
  expect(proxyFor('cdn.quay.io', env)).toBeUndefined();
  expect(proxyFor('internal.example', env)).toBeUndefined();
  expect(proxyFor('notquay.io', env)).toBeDefined();
});

test('whiteouts hide what lower layers have, and nothing of their own layer', async ({
  fetch,
  registry,
  directory,
}) => {
  registry.add('cilium', 'v1.18.1', [
    archive(directory, { 'etc/gone': 'x', 'etc/kept': 'x', 'opt/old/a': 'x', 'opt/old/b': 'x', file: 'x' }),
    archive(directory, {
      'etc/.wh.gone': '',
      'opt/old/.wh..wh..opq': '',
      'opt/old/c': 'new',
      'file/inside': 'a directory now',
    }),
  ]);
  for (const name of ['operator-generic', 'clustermesh-apiserver']) registry.add(name, 'v1.18.1', []);

  const root = path.join(await fetch('1.18.1'), 'agent');

  expect(readdirSync(path.join(root, 'etc'))).toEqual(['kept']);
  expect(readdirSync(path.join(root, 'opt/old'))).toEqual(['c']);
  expect(readFileSync(path.join(root, 'file/inside'), 'utf8')).toBe('a directory now');
});

test("links are the image's own: nothing is written outside of it", async ({
  fetch,
  registry,
  directory,
}) => {
  const outside = path.join(directory, 'outside');
  mkdirSync(outside);
  registry.add('cilium', 'v1.18.2', [
    archive(directory, { 'run/here': 'x', 'var/run': '->/run', escape: `->${outside}` }),
    archive(directory, { 'var/run/pid': '1', 'escape/file': 'x' }),
  ]);
  for (const name of ['operator-generic', 'clustermesh-apiserver']) registry.add(name, 'v1.18.2', []);

  const root = path.join(await fetch('1.18.2'), 'agent');

  expect(readlinkSync(path.join(root, 'var/run'))).toBe('/run');
  expect(readFileSync(path.join(root, 'run/pid'), 'utf8')).toBe('1');
  expect(readdirSync(outside)).toEqual([]);
  expect(readFileSync(path.join(root, outside, 'file'), 'utf8')).toBe('x');
});

test('long names, in both ways of writing them', async ({ fetch, registry, directory }) => {
  const long = `usr/share/${'a-long-directory-name/'.repeat(12)}file-ü`;
  registry.add('cilium', 'v1.18.3', [
    archive(directory, { [long]: 'pax' }, ['--format=pax']),
    archive(directory, { [`${long}2`]: 'gnu' }, ['--format=gnu']),
  ]);
  for (const name of ['operator-generic', 'clustermesh-apiserver']) registry.add(name, 'v1.18.3', []);

  const root = path.join(await fetch('1.18.3'), 'agent');

  expect(readFileSync(path.join(root, long), 'utf8')).toBe('pax');
  expect(readFileSync(path.join(root, `${long}2`), 'utf8')).toBe('gnu');
});

test('an archive that is cut, or none, is refused', async ({ fetch, registry, directory }) => {
  const whole = archive(directory, { a: 'x'.repeat(5000) });
  registry.add('cilium', 'v1.18.4', [whole.subarray(0, 2000)]);
  await expect(fetch('1.18.4')).rejects.toThrow(/ends in the middle of a member/);
  registry.add('cilium', 'v1.18.5', [Buffer.alloc(4096, 'no archive')]);
  await expect(fetch('1.18.5')).rejects.toThrow(/this is no tar archive/);
});
