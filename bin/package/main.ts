/** Makes the tarball and the package of what build/runtime holds; bin/release calls it: main.ts DIRECTORY. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { gzipped } from './compress.ts';
import { contents } from './contents.ts';
import { architecture, controlFiles } from './debian/control.ts';
import { packDebian } from './debian/package.ts';
import { neededLibc } from './needed-libc.ts';
import { packTar } from './tar.ts';

const project = join(import.meta.dirname, '../..');
const { version } = manifest;

function sourceDate(): number {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH']);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  throw new Error(`SOURCE_DATE_EPOCH is ${process.env['SOURCE_DATE_EPOCH']}; it takes seconds since 1970`);
}

const directory = process.argv[2] ?? '';
const seconds = sourceDate();
// Whoever calls does not say what may be read.
process.umask(0o022);
const installed = await contents(project, version);
const libc = neededLibc(['shim.node', 'node'].map((name) => join(project, 'build/runtime', name)));
const prefix = `peinit-${version}-linux-x64`;
const [tarball, debian] = await Promise.all([
  gzipped(packTar(installed, `${prefix}/`, seconds)),
  packDebian(controlFiles(version, libc, installed), installed, seconds),
]);
const made = [
  { name: `${prefix}.tar.gz`, bytes: tarball },
  { name: `peinit_${version}_${architecture}.deb`, bytes: debian },
];
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const sums = made.map(({ name, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
for (const { name, bytes } of made) writeFileSync(join(directory, name), bytes);
writeFileSync(join(directory, 'SHA256SUMS'), sums.join(''));
for (const { name, bytes } of made) console.log(`${join(directory, name)}  ${(bytes.length / 1e6).toFixed(1)} MB`);
