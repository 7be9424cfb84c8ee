import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { parseAllDocuments } from 'yaml';
import { type Access, accessOf } from '../../../../helpers/kube/resource-path.ts';
import { grants, type PolicyRule, type Rules } from '../rbac.ts';

/** In front of an embedded lab's API: what a user with these rules, and no others, gets of it. */
export interface RbacFront {
  /** A kubeconfig for that user. */
  readonly kubeconfig: string;
  /** Refused, in the API server's words. */
  readonly refused: readonly string[];
  close(): void;
}

const user = 'system:serviceaccount:cilium-conformance:cilium-conformance';

/**
 * @param pki the folder of the lab's certificates
 * @param server the API behind it, `https://127.0.0.1:40000`
 */
export async function openRbacFront(pki: string, server: string, rules: Rules): Promise<RbacFront> {
  const file = (name: string): string => readFileSync(path.join(pki, name), 'utf8');
  const token = randomUUID();
  const refused: string[] = [];
  const upstream = { ca: file('ca.crt'), cert: file('client.crt'), key: file('client.key') };
  /** Undefined when it may pass. */
  const refusal = (request: IncomingMessage): { code: number; message: string } | undefined => {
    if (request.headers.authorization !== `Bearer ${token}`) return { code: 401, message: 'Unauthorized' };
    const access = accessOf(request.method ?? 'GET', request.url ?? '/');
    if (access === undefined || grants(rules, access)) return undefined;
    const message = forbidden(access);
    if (!refused.includes(message)) refused.push(message);
    return { code: 403, message };
  };
  const forward = (request: IncomingMessage): https.RequestOptions => {
    const { authorization: _, ...headers } = request.headers;
    const { hostname, port } = new URL(server);
    return { ...upstream, hostname, port, method: request.method, path: request.url, headers };
  };
  const front = https.createServer(
    // A command in a pod is in the URL, script and all.
    { cert: file('server.crt'), key: file('server.key'), maxHeaderSize: 1 << 20 },
    (request, response) => {
      const why = refusal(request);
      if (why !== undefined) {
        response.writeHead(why.code, { 'Content-Type': 'application/json' });
        response.end(statusOf(why));
        return;
      }
      const passed = https.request(forward(request), answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      request.pipe(passed);
    },
  );
  front.on('upgrade', (request: IncomingMessage, socket: TLSSocket) => {
    socket.on('error', () => {});
    const why = refusal(request);
    if (why !== undefined) {
      socket.end(
        `HTTP/1.1 ${why.code} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${statusOf(why)}`,
      );
      return;
    }
    const passed = https.request(forward(request));
    passed.on('error', () => socket.destroy());
    passed.on('response', answer => {
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\n\r\n`);
      answer.pipe(socket);
    });
    passed.on('upgrade', (answer, far) => {
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(['HTTP/1.1 101 Switching Protocols', ...headers, '', ''].join('\r\n'));
      far.on('error', () => socket.destroy());
      socket.on('close', () => far.destroy());
      far.pipe(socket).pipe(far);
    });
    passed.end();
  });
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const ca = Buffer.from(upstream.ca).toString('base64');
  return {
    refused,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'lab', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'suite', user: { token } }],
      contexts: [{ name: 'least-rights', context: { cluster: 'lab', user: 'suite' } }],
      'current-context': 'least-rights',
    }),
    close: () => {
      front.close();
      front.closeAllConnections();
    },
  };
}

/** The rules in a manifest as `kubectl apply -f` takes it. */
export function rulesIn(manifest: string): Rules {
  const documents = parseAllDocuments(manifest).map(
    document => document.toJS() as { kind: string; metadata: { namespace?: string }; rules?: PolicyRule[] },
  );
  const roles = documents.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  return Object.fromEntries(roles.map(({ metadata, rules = [] }) => [metadata.namespace ?? '', rules]));
}

function forbidden({ verb, group, resource, namespace, name }: Access): string {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const which = name === '' ? resource : `${resource} "${name}"`;
  return `${which} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

function statusOf({ code, message }: { code: number; message: string }): string {
  const reason = code === 403 ? 'Forbidden' : 'Unauthorized';
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  });
}
