/** A Debian package: an ar archive of its version, its control files and its data (deb(5)). */
import { createHash } from 'node:crypto';
import { gzipped } from '../compress.ts';
import type { Entry } from '../entry.ts';
import { packTar } from '../tar.ts';

export interface ControlFile {
  readonly name: string;
  readonly text: string;
  /** dpkg runs it. */
  readonly program: boolean;
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What `dpkg --verify` compares with. */
const sums = (data: readonly Entry[]): string =>
  data.flatMap((entry) => (entry.kind === 'file' ? [`${md5(entry.content)}  ${entry.path}\n`] : [])).join('');

/** As the control file has it: in KiB, each file rounded up. */
export const installedKiB = (data: readonly Entry[]): number =>
  data.reduce((sum, entry) => sum + (entry.kind === 'file' ? Math.ceil(entry.content.length / 1024) : 1), 0);

function member(name: string, bytes: Uint8Array, seconds: number): Buffer {
  const fields = [name.padEnd(16), `${seconds}`.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8), `${bytes.length}`.padEnd(10)];
  return Buffer.concat([Buffer.from(`${fields.join('')}\`\n`), bytes, Buffer.alloc(bytes.length & 1, '\n')]);
}

export async function packDebian(control: readonly ControlFile[], data: readonly Entry[], seconds: number): Promise<Buffer> {
  const controlEntries = [...control, { name: 'md5sums', text: sums(data), program: false }].map(
    ({ name, text, program }): Entry => ({ kind: 'file', path: name, mode: program ? 0o755 : 0o644, content: Buffer.from(text) }),
  );
  const [controlTar, dataTar] = await Promise.all([gzipped(packTar(controlEntries, './', seconds)), gzipped(packTar(data, './', seconds))]);
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    member('debian-binary', Buffer.from('2.0\n'), seconds),
    member('control.tar.gz', controlTar, seconds),
    member('data.tar.gz', dataTar, seconds),
  ]);
}
