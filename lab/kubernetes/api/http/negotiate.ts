import { ApiError } from '../errors.ts';
import { protobufType } from './request.ts';

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
 * The first representation the client accepts that we have. It is written in JSON, also where the client asked for
 * it as a protocol buffer and takes other types too (`application/vnd.kubernetes.protobuf, *\/*`). @throws ApiError 406
 */
export function negotiate(accept: string | undefined): Representation {
  const ranges = parseAccept(accept ?? '');
  if (ranges.some(({ type }) => jsonTypes.includes(type))) {
    for (const { type, parameters } of ranges) {
      if (!jsonTypes.includes(type) && type !== protobufType) continue;
      const as = parameters.get('as');
      if (as === undefined) return 'object';
      if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') continue;
      if (as === 'Table') return 'table';
      if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
    }
  }
  throw new ApiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table, application/json;as=PartialObjectMetadata',
  );
}

export type DiscoveryVersion = 'v2' | 'v2beta1';

/** The version of aggregated discovery the client asks for before all else, or undefined when it wants the old kind. */
export function aggregatedDiscovery(accept: string | undefined): DiscoveryVersion | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (!jsonTypes.includes(type)) continue;
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined;
    const version = parameters.get('v');
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
