import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** gzip without a time and a name. It is what every tar and every dpkg reads, and what the pinned node makes the same everywhere. */
export async function gzipped(bytes: Uint8Array): Promise<Buffer> {
  const packed = await compress(bytes, { level: 6 });
  // The system that it was made on; libraries differ in what they take for Unix.
  packed[9] = 3;
  return packed;
}
