import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { get, textOf, type Web } from './http.ts';

/** Content as the OCI distribution specification names it. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
}

export interface Image {
  /** `quay.io/cilium/cilium:v1.18.0` */
  readonly name: string;
  /** Of what the tag names: the index of all platforms, where there is one. */
  readonly digest: string;
  readonly layers: readonly Descriptor[];
}

interface Manifest {
  readonly manifests?: readonly (Descriptor & {
    readonly platform?: { readonly os: string; readonly architecture: string };
  })[];
  readonly layers?: readonly Descriptor[];
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const attempts = 5;

/** One repository of a registry (OCI distribution specification 1.1, pulling). */
export class Repository {
  readonly #host: string;
  readonly #path: string;
  readonly #web: Web;
  #token: string | undefined;

  /** @param name `quay.io/cilium/cilium` */
  constructor(name: string, web: Web) {
    const [host = '', ...rest] = name.split('/');
    this.#host = host;
    this.#path = rest.join('/');
    this.#web = web;
  }

  get name(): string {
    return `${this.#host}/${this.#path}`;
  }

  /** @param platform `linux/amd64` @throws Error saying what there is not */
  async image(tag: string, platform: string): Promise<Image> {
    const name = `${this.name}:${tag}`;
    const found = await this.#manifest(tag, `${name} does not exist: the registry knows no such version`);
    const digest = digestOf(found);
    const index = JSON.parse(found.toString()) as Manifest;
    if (index.manifests === undefined) return { name, digest, layers: layersIn(index, name) };
    const wanted = index.manifests.find(
      each => `${each.platform?.os}/${each.platform?.architecture}` === platform,
    );
    if (wanted === undefined) throw new Error(`${name} has no image for ${platform}`);
    const bytes = await this.#manifest(wanted.digest, `${name}: its manifest ${wanted.digest} is missing`);
    verify(digestOf(bytes), wanted.digest, `the manifest of ${name}`);
    return { name, digest, layers: layersIn(JSON.parse(bytes.toString()) as Manifest, name) };
  }

  /**
   * Brings a blob into a file and checks its digest; what an earlier attempt has left of it is gone on with.
   * @throws Error when it is not to be had, or is not what its digest says
   */
  async download(blob: Descriptor, file: string, onBytes: (have: number) => void): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#append(blob, file, onBytes);
        break;
      } catch (error) {
        if (attempt === attempts || !isTransient(error)) throw error;
        await wait(Math.min(100 * 2 ** attempt, 5_000));
      }
    }
    try {
      verify(await digestOfFile(file), blob.digest, `${this.name}, blob of ${blob.size} bytes`);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
  }

  async #append(blob: Descriptor, file: string, onBytes: (have: number) => void): Promise<void> {
    let have = existsSync(file) ? statSync(file).size : 0;
    if (have > blob.size) {
      rmSync(file);
      have = 0;
    }
    if (have === blob.size) return;
    const response = await this.#get(`blobs/${blob.digest}`, have === 0 ? {} : { range: `bytes=${have}-` });
    const { statusCode } = response;
    if (statusCode !== 200 && statusCode !== 206) {
      response.resume();
      const message = `${this.name}: blob ${blob.digest} is not to be had: HTTP ${statusCode}`;
      throw statusCode !== undefined && statusCode >= 500 ? new TransientError(message) : new Error(message);
    }
    // A server that does not know ranges begins again.
    if (statusCode === 200) have = 0;
    const handle = await open(file, have === 0 ? 'w' : 'a');
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        await handle.write(chunk);
        have += chunk.length;
        onBytes(have);
        if (have > blob.size)
          throw new Error(`${this.name}: blob ${blob.digest} is longer than ${blob.size} bytes`);
      }
    } finally {
      await handle.close();
    }
    if (have < blob.size)
      throw new TransientError(`${this.name}: the connection ended after ${have} of ${blob.size} bytes`);
  }

  async #manifest(reference: string, missing: string): Promise<Buffer> {
    const response = await this.#get(`manifests/${reference}`, { accept: manifestTypes });
    const body = await textOf(response);
    if (response.statusCode === 200) return body;
    // quay.io answers 401 for a repository that is not there.
    if (response.statusCode === 404 || response.statusCode === 401) throw new Error(missing);
    throw new Error(
      `${this.name}: HTTP ${response.statusCode} for ${reference}: ${body.toString().slice(0, 200)}`,
    );
  }

  async #get(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const url = `https://${this.#host}/v2/${this.#path}/${path}`;
    const withToken = (): Record<string, string> =>
      this.#token === undefined ? { ...headers } : { ...headers, authorization: `Bearer ${this.#token}` };
    try {
      const response = await get(url, withToken(), this.#web);
      const challenge = response.headers['www-authenticate'];
      if (response.statusCode !== 401 || challenge === undefined) return response;
      response.resume();
      this.#token = await this.#authenticate(challenge);
      return await get(url, withToken(), this.#web);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** An anonymous token, by the registry's own challenge (distribution: token authentication). */
  async #authenticate(challenge: string): Promise<string> {
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const realm = parameters.get('realm');
    if (!/^Bearer /i.test(challenge) || realm === undefined) {
      throw new Error(
        `${this.#host} wants authentication of a kind this program does not know: ${challenge}`,
      );
    }
    const url = new URL(realm);
    url.searchParams.set('service', parameters.get('service') ?? this.#host);
    url.searchParams.set('scope', parameters.get('scope') ?? `repository:${this.#path}:pull`);
    const response = await get(url.href, {}, this.#web);
    const body = await textOf(response);
    if (response.statusCode !== 200)
      throw new Error(`${url.host} gives no token: HTTP ${response.statusCode}`);
    const { token, access_token: access } = JSON.parse(body.toString()) as {
      token?: string;
      access_token?: string;
    };
    const given = token ?? access;
    if (given === undefined) throw new Error(`${url.host} gives no token`);
    return given;
  }

  #explained(error: unknown): Error {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (
      !['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'].includes(code)
    ) {
      return error as Error;
    }
    return new Error(
      `${this.#host} cannot be reached (${message}): without a network, take the directory from a machine that has one (CILIUM_IMAGES, CILIUM_ROOT); behind a proxy, set HTTPS_PROXY`,
    );
  }
}

/** Worth another attempt. */
class TransientError extends Error {}

function isTransient(error: unknown): boolean {
  const codes = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];
  return error instanceof TransientError || codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function layersIn(manifest: Manifest, name: string): readonly Descriptor[] {
  if (manifest.layers === undefined) throw new Error(`${name}: its manifest lists no layers`);
  return manifest.layers;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

function verify(seen: string, wanted: string, what: string): void {
  if (seen !== wanted)
    throw new Error(`${what} is not what it should be: digest ${seen}, expected ${wanted}`);
}
