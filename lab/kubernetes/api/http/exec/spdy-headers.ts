import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';

/** Blocks of names and values as SPDY/3.1 sends them: packed by zlib, one state for all blocks of a direction. */

/** The text both sides begin with (SPDY draft 3, 2.6.10.1): names with their lengths, then frequent values. */
const names =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const values =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

function prefixed(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

function dictionary(): Buffer {
  const words = names.split(' ').map(name => prefixed(name.replace('_', ' ')));
  return Buffer.concat([...words, Buffer.from(values)]);
}

async function through(stream: Inflate | Deflate, bytes: Buffer): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject);
    stream.write(bytes, error => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
  const chunks: Buffer[] = [];
  for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read())
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Both directions of one connection. Blocks are to be given in the order of the wire, one at a time. */
export class HeaderBlocks {
  readonly #options = { dictionary: dictionary(), flush: constants.Z_SYNC_FLUSH };
  readonly #inflate = createInflate(this.#options);
  readonly #deflate = createDeflate(this.#options);

  /** @throws Error when the bytes are no block */
  async unpack(block: Buffer): Promise<ReadonlyMap<string, string>> {
    const bytes = await through(this.#inflate, block);
    const headers = new Map<string, string>();
    let at = 4;
    const text = (): string => {
      const length = bytes.readUInt32BE(at);
      at += 4 + length;
      return bytes.toString('utf8', at - length, at);
    };
    for (let count = bytes.readUInt32BE(0); count > 0; count--) headers.set(text(), text());
    return headers;
  }

  pack(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.size);
    return through(this.#deflate, Buffer.concat([count, ...[...headers].flat().map(prefixed)]));
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
  }
}
