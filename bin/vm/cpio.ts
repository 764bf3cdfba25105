/** Archives in the form that the kernel unpacks as an initramfs: cpio's "newc". Same entries, same bytes. */

export interface Entry {
  /** Without a leading slash; directories before what is in them. */
  readonly name: string;
  /** Type and permissions, as st_mode has them. */
  readonly mode: number;
  readonly content?: Uint8Array;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

export const modes = { directory: 0o040755, program: 0o100755, file: 0o100644, characterDevice: 0o020600 } as const;

const magic = '070701';
const trailer: Entry = { name: 'TRAILER!!!', mode: 0 };

/** Headers and contents begin at multiples of four. */
const fill = (bytes: number): Buffer => Buffer.alloc((4 - (bytes % 4)) % 4);

/** The fields of a header in order, all owned by root and of time 0. */
function packed({ name, mode, content = new Uint8Array(), device = [0, 0] }: Entry, inode: number): Buffer {
  const [owner, group, links, time, checksum] = [0, 0, 1, 0, 0];
  const onDevice = [0, 0];
  const fields = [inode, mode, owner, group, links, time, content.length, ...onDevice, ...device, name.length + 1, checksum];
  const header = Buffer.from(`${magic}${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`, 'latin1');
  return Buffer.concat([header, fill(header.length), content, fill(content.length)]);
}

export const packCpio = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([...entries, trailer].map((entry, at) => packed(entry, at + 1)));
