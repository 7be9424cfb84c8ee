/** What a path of the Kubernetes API asks for. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/**
 * `/api/v1/namespaces/default/pods/web/log` and its like; undefined when the path names no resource.
 * `namespaces/x` alone is the namespace itself, as are its subresources.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').filter(part => part !== '');
  let group = '';
  if (parts[0] === 'apis') group = parts[1] ?? '';
  else if (parts[0] !== 'api') return undefined;
  const rest = parts.slice(group === '' ? 1 : 2).map(decodeURIComponent);
  const version = rest.shift();
  if (version === undefined || rest.length === 0 || (parts[0] === 'apis' && group === '')) return undefined;
  let namespace: string | undefined;
  const ofNamespace = ['status', 'finalize'];
  if (
    rest[0] === 'namespaces' &&
    rest.length > 2 &&
    !(rest.length === 3 && ofNamespace.includes(rest[2] ?? ''))
  ) {
    namespace = rest[1];
    rest.splice(0, 2);
  }
  const [plural = '', name, subresource, ...more] = rest;
  if (more.length > 0) return undefined;
  return { group, version, namespace, plural, name, subresource };
}

/** A request as authorization sees it (Kubernetes: RequestInfo). Groups and namespaces that are none are empty. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods`, `pods/exec`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Undefined for what is no resource: `/version`, discovery. @param url path and query */
export function accessOf(method: string, url: string): Access | undefined {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const path = parseResourcePath(pathname);
  if (path === undefined) return undefined;
  const { group, namespace, plural, subresource } = path;
  // One name is all that is asked for, however it is said.
  const selected = /^metadata\.name=([^,]+)$/.exec(searchParams.get('fieldSelector') ?? '')?.[1];
  const named = path.name ?? '';
  return {
    verb: verbOf(method, named !== '', ['true', '1'].includes(searchParams.get('watch') ?? '')),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    // The namespace itself is reached with its own name as the namespace.
    namespace: namespace ?? (plural === 'namespaces' && group === '' ? named : ''),
    name: named === '' ? (selected ?? '') : named,
  };
}

function verbOf(method: string, named: boolean, watching: boolean): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return watching ? 'watch' : named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}
