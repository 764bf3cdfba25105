import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeDirectory } from './support.ts';

const project = join(import.meta.dirname, '../../..');

/** A copy of what the build needs, in a place of its own. */
function copyTo(place: string): string {
  mkdirSync(join(place, 'bin'), { recursive: true });
  cpSync(join(project, 'bin/build-native'), join(place, 'bin/build-native'));
  for (const directory of ['shim', 'helper', 'initramfs'])
    cpSync(join(project, 'src/linux', directory), join(place, 'src/linux', directory), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(place, 'node_modules'));
  return place;
}

const build = (place: string) => spawnSync('sh', [join(place, 'bin/build-native')], { timeout: 240_000, cwd: '/' });

t.test('the native parts build the same bytes in any directory, and are built again only when a source has changed', async (t) => {
  const scratch = makeDirectory(t);
  const [first, second] = [copyTo(join(scratch, 'one')), copyTo(join(scratch, 'another/place'))];
  for (const place of [first, second]) {
    const { status, stderr } = build(place);
    t.equal(status, 0, stderr.toString());
  }
  for (const file of ['shim.node', 'peinit-helper', 'initramfs-init']) {
    t.ok(readFileSync(join(first, 'build', file)).equals(readFileSync(join(second, 'build', file))), `${file} is reproducible`);
    t.notMatch(readFileSync(join(first, 'build', file)).toString('latin1'), scratch);
  }
  const shim = join(first, 'build/shim.node');
  const before = statSync(shim).mtimeMs;
  t.equal(build(first).stderr.toString(), '', 'nothing to do');
  t.equal(statSync(shim).mtimeMs, before);
  const later = new Date(Date.now() + 5000);
  utimesSync(join(first, 'src/linux/shim/files.c'), later, later);
  t.match(build(first).stderr.toString(), 'built build/shim.node');
  t.notMatch(build(first).stderr.toString(), 'built build/peinit-helper');
  writeFileSync(join(first, 'src/linux/shim/files.c'), 'int broken(void) { int unused; return 0; }\n');
  const broken = build(first);
  t.not(broken.status, 0, 'a warning is an error');
  t.match(broken.stderr.toString(), 'unused');
  t.ok(statSync(shim).size > 0, 'and the last good build stays');
});

t.test('the addon is hardened: no executable stack, relocations read-only and bound at load, never unloaded', async (t) => {
  const headers = spawnSync('readelf', ['-lW', '-dW', join(project, 'build/shim.node')]).stdout.toString();
  t.match(headers, /GNU_STACK.* RW /);
  t.match(headers, 'GNU_RELRO');
  t.match(headers, /BIND_NOW|NOW/);
  t.match(headers, 'NODELETE');
  const symbols = spawnSync('readelf', ['-sW', join(project, 'build/shim.node')]).stdout.toString();
  t.match(symbols, '__stack_chk_fail');
});
