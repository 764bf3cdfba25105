/** A tar archive (ustar) in which everything belongs to root and has one time. */
import type { Entry } from './entry.ts';
import { withDirectories } from './entry.ts';

const blockBytes = 512;
const nameBytes = 100;
const kinds = { file: '0', link: '2', directory: '5' } as const;

/** Octal digits of a field, with the NUL at its end. */
const octal = (value: number, bytes: number): string => `${value.toString(8).padStart(bytes - 1, '0')}\0`;

/** Checked, for a longer one would end in the next field. */
function fitting(text: string): string {
  if (Buffer.byteLength(text) > nameBytes) throw new Error(`${text} has more than ${nameBytes} bytes`);
  return text;
}

function header(entry: Entry, prefix: string, seconds: number): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const size = entry.kind === 'file' ? entry.content.length : 0;
  const mode = entry.kind === 'file' ? entry.mode : entry.kind === 'link' ? 0o777 : 0o755;
  bytes.write(fitting(`${prefix}${entry.path}${entry.kind === 'directory' ? '/' : ''}`), 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(seconds, 12), 136);
  // The sum counts itself as spaces.
  bytes.write(' '.repeat(8), 148);
  bytes.write(kinds[entry.kind], 156);
  if (entry.kind === 'link') bytes.write(fitting(entry.target), 157);
  bytes.write('ustar\0' + '00', 257);
  bytes.write('root', 265);
  bytes.write('root', 297);
  bytes.write(
    octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return bytes;
}

/** @param prefix goes before every path, as `./` or `peinit-1.0/` */
export function packTar(entries: readonly Entry[], prefix: string, seconds: number): Buffer {
  const parts: Uint8Array[] = [header({ kind: 'directory', path: '' }, prefix.slice(0, -1), seconds)];
  for (const entry of withDirectories(entries)) {
    parts.push(header(entry, prefix, seconds));
    if (entry.kind === 'file') parts.push(entry.content, Buffer.alloc(-entry.content.length & (blockBytes - 1)));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}
