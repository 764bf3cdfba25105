/** The addon's tests once more under AddressSanitizer and UndefinedBehaviorSanitizer. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const here = import.meta.dirname;
const project = join(here, '../../..');
const files = readdirSync(here).filter(
  (name) => name.endsWith('.test.ts') && name !== 'sanitized.test.ts' && name !== 'native-build.test.ts',
);

t.before(() => {
  const built = spawnSync('sh', [join(project, 'bin/build-native'), '--sanitize'], { timeout: 240_000 });
  if (built.status !== 0) throw new Error(`bin/build-native --sanitize: ${built.stderr}`);
});

const runtime = spawnSync('gcc', ['-print-file-name=libasan.so']).stdout.toString().trim();

for (const file of files) {
  t.test(`${file} passes with the sanitized addon, and the sanitizers find nothing`, async (t) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(here, file)], {
      timeout: 240_000,
      maxBuffer: 1 << 26,
      env: {
        ...process.env,
        LD_PRELOAD: runtime,
        // Node itself never frees everything.
        ASAN_OPTIONS: 'detect_leaks=0',
        UBSAN_OPTIONS: 'print_stacktrace=1',
        PEINIT_TEST_SHIM: join(project, 'build/shim-asan.node'),
      },
    });
    const output = `${stdout}${stderr}`;
    t.equal(
      status,
      0,
      output
        .split('\n')
        .filter((line) => /not ok|ERROR|runtime error/.test(line))
        .join('\n'),
    );
    t.notMatch(output, /AddressSanitizer|runtime error:/);
  });
}

t.ok(files.length >= 8, 'there are tests to run');
