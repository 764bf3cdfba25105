import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { makeDirectory } from './support.ts';

t.test('BOOT-073 BOOT-012 the real-time clock counts as UTC, and a time that cannot be or lies before 1970 is none', async (t) => {
  const library = join(makeDirectory(t), 'fake-rtc.so');
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'fake-rtc.c')]);
  const script = `import { kernel } from '${join(import.meta.dirname, 'support.ts')}'; console.log(kernel.readRtc('/dev/null'))`;
  const read = (shown: string): number =>
    Number(
      execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
        env: {
          ...process.env,
          LD_PRELOAD: [process.env['LD_PRELOAD'] ?? [], library].flat().join(' '),
          RTC_TIME: shown,
          TZ: 'America/New_York',
        },
        encoding: 'utf8',
      }),
    );
  const invalid = -22;
  const seen = ['2030 3 17 17 46 40', '1970 1 1 0 0 1', '2024 2 29 23 59 59'].map(read);
  t.strictSame(seen, [Date.UTC(2030, 2, 17, 17, 46, 40) / 1000, 1, Date.UTC(2024, 1, 29, 23, 59, 59) / 1000]);
  for (const shown of ['1969 12 31 23 59 59', '1900 1 1 0 0 0', '2030 13 1 0 0 0', '2030 1 0 0 0 0', '2030 1 1 24 0 0', '2030 1 1 0 60 0'])
    t.equal(read(shown), invalid, shown);
});
