/** The lines of a stream as they come; empty ones are left out. Returns what comes after the last line break. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string, string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  return rest;
}

/** All of a stream, once it has ended. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
