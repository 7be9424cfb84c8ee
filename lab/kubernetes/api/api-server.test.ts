import { once } from 'node:events';
import https from 'node:https';
import tls from 'node:tls';
import { expect } from '@playwright/test';
import { test } from './api-test.ts';
import { startTestApi } from './testing.ts';

const protobuf = { 'Content-Type': 'application/vnd.kubernetes.protobuf' };

test('a Lease sent as a protocol buffer is kept, and answered in JSON', async ({ api }) => {
  // What client-go sends when an operator takes the lead: Lease kube-system/lead, holder "me", 15 s.
  const body = Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, Buffer.concat([field(1, 'coordination.k8s.io/v1'), field(2, 'Lease')])),
    field(
      2,
      Buffer.concat([
        field(1, Buffer.concat([field(1, 'lead'), field(3, 'kube-system')])),
        field(2, Buffer.concat([field(1, 'me'), Buffer.of(2 * 8, 15)])),
      ]),
    ),
  ]);
  const { code, body: lease } = await api.request(
    'POST',
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases',
    { body, headers: { ...protobuf, Accept: 'application/vnd.kubernetes.protobuf,application/json' } },
  );
  expect([code, lease]).toEqual([
    201,
    expect.objectContaining({ spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }),
  ]);
});

function field(number: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([Buffer.of(number * 8 + 2, bytes.length), bytes]);
}

test('broken and undescribed protocol buffers are refused with their reason', async ({ api }) => {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const broken = await api.request('POST', leases, { body: Buffer.from('k8s\0\x0a'), headers: protobuf });
  expect(broken).toMatchObject({
    code: 400,
    body: { reason: 'BadRequest', message: expect.stringContaining('not a valid protocol buffer') },
  });
  const type = Buffer.concat([field(1, 'v1'), field(2, 'ComponentStatus')]);
  const pod = Buffer.concat([Buffer.from('k8s\0'), field(1, type)]);
  const refused = await api.request('POST', '/api/v1/namespaces/default/pods', {
    body: pod,
    headers: protobuf,
  });
  expect(refused).toMatchObject({
    code: 415,
    body: { message: expect.stringContaining('a ComponentStatus of v1') },
  });
});

test('what accepts protocol buffers alone is refused', async ({ api }) => {
  const headers = { Accept: 'application/vnd.kubernetes.protobuf' };
  expect((await api.request('GET', '/api/v1/nodes', { headers })).code).toBe(406);
});

test('an initial list by watch is refused as where the feature is off', async ({ api }) => {
  const { code, body } = await api.request(
    'GET',
    '/api/v1/nodes?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  );
  expect([code, (body as { reason: string }).reason]).toEqual([422, 'Invalid']);
});

test('a watch from a forgotten revision ends with 410, a quiet one with a bookmark', async () => {
  const api = await startTestApi({ store: { historyLimit: 5 } });
  const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  const path = '/api/v1/namespaces/default/configmaps';
  for (let index = 0; index < 20; index++) await api.request('POST', path, { body: configMap(`c${index}`) });
  const { body: gone } = await api.request('GET', `${path}?watch=true&resourceVersion=2`);
  expect(gone).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  const { body: list } = await api.request('GET', path);
  const { resourceVersion } = (list as { metadata: { resourceVersion: string } }).metadata;
  const { body: quiet } = await api.request(
    'GET',
    `${path}?watch=true&resourceVersion=${resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=0.1`,
  );
  expect(quiet).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', metadata: { resourceVersion } },
  });
  await api.close();
});

test('reviews are answered: the administrator may do everything', async ({ api }) => {
  const kind = 'SelfSubjectAccessReview';
  const { code, body } = await api.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec: { resourceAttributes: { verb: 'get' } } },
  });
  expect([code, body]).toEqual([
    201,
    expect.objectContaining({
      kind,
      spec: { resourceAttributes: { verb: 'get' } },
      status: { allowed: true },
    }),
  ]);
});

test('the token of a service account opens the API', async ({ api }) => {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['api'] } };
  const { code, body: answer } = await api.request('POST', path, { body });
  const { token } = (answer as { status: { token: string } }).status;
  expect(code).toBe(201);
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
  const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
  expect((await api.request('POST', reviews, { body: review })).body).toMatchObject({
    status: { authenticated: true },
  });
  const get = (authorization: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { ca: api.tls.ca, headers: { authorization } };
      const sent = https.get(`${api.url}/api/v1/nodes`, options, response => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
    });
  expect([await get(`Bearer ${token}`), await get('Bearer wrong')]).toEqual([200, 401]);
});

test('a client that breaks off while it is refused harms nothing', async ({ api }) => {
  const { hostname, port } = new URL(api.url);
  for (let count = 0; count < 10; count++) {
    const socket = tls.connect({ host: hostname, port: Number(port), ca: api.tls.ca });
    await once(socket, 'secureConnect');
    socket.write(`GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    socket.destroy();
  }
  expect((await api.request('GET', '/version')).code).toBe(200);
});

test('a namespace has its service account and the authority of the API', async ({ api }) => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  await api.request('POST', '/api/v1/namespaces', { body: namespace });
  const { body } = await api.request('GET', '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt');
  expect(body).toMatchObject({ data: { 'ca.crt': api.tls.ca } });
  expect((await api.request('GET', '/api/v1/namespaces/shop/serviceaccounts/default')).code).toBe(200);
  await api.request('DELETE', '/api/v1/namespaces/shop');
  expect((await api.request('GET', '/api/v1/namespaces/shop')).code).toBe(404);
});

test('the version is that of the Kubernetes it claims to be', async ({ api }) => {
  const { body } = await api.request('GET', '/version');
  expect(body).toMatchObject({
    major: '1',
    minor: '33',
    gitVersion: 'v1.33.2',
    platform: expect.stringContaining('linux/'),
  });
});
