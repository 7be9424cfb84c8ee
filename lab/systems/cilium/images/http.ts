import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';

/** How to get at web servers. */
export interface Web {
  /** Certificates to trust in place of the well-known ones (PEM). */
  readonly ca?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const maxRedirects = 5;
const idleMs = 60_000;

/**
 * A GET over HTTPS, through the proxy of the environment (HTTPS_PROXY, NO_PROXY), redirections followed; credentials go
 * to the first host alone. @throws Error of the connection, with its code
 */
export async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  web: Web = {},
  redirects = 0,
): Promise<http.IncomingMessage> {
  const target = new URL(url);
  if (target.protocol !== 'https:') throw new Error(`${url} is not HTTPS`);
  const socket = await throughProxy(target, web);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = https.request(
      target,
      {
        headers: { 'user-agent': 'cilium-conformance', ...headers },
        timeout: idleMs,
        agent: false,
        ...(web.ca === undefined ? {} : { ca: web.ca }),
        ...(socket === undefined ? {} : { createConnection: () => socket }),
      },
      resolve,
    );
    request.on('timeout', () =>
      request.destroy(new Error(`${target.host} sends nothing for ${idleMs / 1000} s`)),
    );
    request.on('error', reject);
    request.end();
  });
  const { statusCode = 0, headers: answered } = response;
  if (![301, 302, 303, 307, 308].includes(statusCode) || answered.location === undefined) return response;
  response.resume();
  if (redirects >= maxRedirects) throw new Error(`${url} redirects more than ${maxRedirects} times`);
  const next = new URL(answered.location, target);
  const { authorization: _, ...others } = headers;
  return get(next.href, next.host === target.host ? headers : others, web, redirects + 1);
}

export async function textOf(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The proxy for a host, as curl reads the environment; undefined for none. */
export function proxyFor(host: string, env: Web['env'] = process.env): URL | undefined {
  const value = env.HTTPS_PROXY || env.https_proxy || env.ALL_PROXY || env.all_proxy;
  if (value === undefined || value === '') return undefined;
  const exceptions = (env.NO_PROXY || env.no_proxy || '').split(',').map(each => each.trim());
  const excepted = exceptions.some(each => {
    const name = each.replace(/^\*?\.?/, '');
    return each === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`)));
  });
  return excepted ? undefined : new URL(value.includes('://') ? value : `http://${value}`);
}

async function throughProxy(target: URL, { ca, env }: Web): Promise<tls.TLSSocket | undefined> {
  const proxy = proxyFor(target.hostname, env);
  if (proxy === undefined) return undefined;
  const authority = `${target.hostname}:${target.port || '443'}`;
  const raw = await new Promise<Socket>((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(proxy.username === ''
          ? {}
          : {
              'proxy-authorization': `Basic ${Buffer.from(
                `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`,
              ).toString('base64')}`,
            }),
      },
    });
    request.on('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket as Socket);
      else reject(new Error(`the proxy ${proxy.host} refuses ${authority}: HTTP ${response.statusCode}`));
    });
    request.on('error', error =>
      reject(new Error(`the proxy ${proxy.host} cannot be reached: ${error.message}`)),
    );
    request.end();
  });
  return tls.connect({ socket: raw, servername: target.hostname, ...(ca === undefined ? {} : { ca }) });
}
