/** Lines of a stream, ended by newlines and by nothing else: Node's own readline takes U+2028 for an end as well. */
import type { Readable } from 'node:stream';

export async function* linesOf(input: Readable): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const bytes of input as AsyncIterable<Buffer>) {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8');
      parts = [];
      rest = rest.subarray(end + 1);
    }
    parts.push(rest);
  }
}
