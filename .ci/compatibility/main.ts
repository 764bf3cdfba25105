/**
 * Whether the protocol still is what was released, or says by its version that it is not: compares gen/wire.json with that of
 * spec/released, and the messages with the image there (`buf breaking`), which sees no options.
 * `node .ci/compatibility/main.ts` prints each problem with what is to be done, and ends with 1 when there is one. O-170.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireDocument } from '../../spec/plugin/targets/json/wire-document.ts';
import { judge } from './compare.ts';

const root = join(import.meta.dirname, '../..');
const released = join(root, 'spec/released');
const read = (path: string): WireDocument => JSON.parse(readFileSync(path, 'utf8')) as WireDocument;

/** The baseline is what a release was made of, and nothing that was put right afterwards. */
function tampered(): readonly string[] {
  return readFileSync(join(released, 'SHA256SUMS'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [sum = '', name = ''] = line.split(/ +/);
      const found = createHash('sha256')
        .update(readFileSync(join(released, name)))
        .digest('hex');
      return found === sum
        ? []
        : [`spec/released/${name} is not what was released: only \`bin/release --baseline\` writes it; get it back from git`];
    });
}

function brokenMessages(): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync('buf', ['breaking', '--against', join(released, 'image.binpb')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (error !== undefined) return [`buf could not be run: ${error.message}`];
  if (status === 0) return [];
  return (stdout + stderr).split('\n').filter((line) => line !== '');
}

const { problems, meant, breaking } = judge(read(join(released, 'wire.json')), read(join(root, 'gen/wire.json')));
const all = [...tampered(), ...problems, ...(breaking ? [] : brokenMessages())];
for (const one of meant) console.log(`meant: ${one}`);
for (const one of all) console.log(one);
console.log(
  all.length === 0 ? 'the protocol is compatible with what was released, or says that it is not' : `the protocol: ${all.length} problems`,
);
process.exitCode = all.length === 0 ? 0 : 1;
