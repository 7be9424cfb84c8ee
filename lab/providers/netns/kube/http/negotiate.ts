import { ApiError } from '../errors.ts';

/** How the client wants objects: as they are, as rows for a terminal, or their metadata alone. */
export type Representation = 'object' | 'table' | 'metadata';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').map(part => {
    const [type = '', ...parameters] = part.split(';').map(piece => piece.trim());
    return {
      type: type.toLowerCase(),
      parameters: new Map(parameters.map(piece => piece.split('=', 2) as [string, string])),
    };
  });
}

const jsonTypes = ['application/json', 'application/*', '*/*', ''];

/**
 * The first thing the client accepts that we speak: JSON. Protobuf is passed over (`Accept:
 * application/vnd.kubernetes.protobuf, *\/*` is answered in JSON). @throws ApiError 406
 */
export function negotiate(accept: string | undefined): Representation {
  for (const range of parseAccept(accept ?? '')) {
    if (!jsonTypes.includes(range.type)) continue;
    const as = range.parameters.get('as');
    if (as === undefined) return 'object';
    if (range.parameters.get('g') !== 'meta.k8s.io') continue;
    const version = range.parameters.get('v');
    if (as === 'Table' && version === 'v1') return 'table';
    if (as.startsWith('PartialObjectMetadata') && version === 'v1') return 'metadata';
  }
  throw new ApiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table, application/json;as=PartialObjectMetadata',
  );
}

/** The aggregated discovery version the client asks for, or undefined when it wants the old kind. */
export function aggregatedDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { parameters } of parseAccept(accept ?? '')) {
    if (parameters.get('as') !== 'APIGroupDiscoveryList') continue;
    const version = parameters.get('v');
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
