/** Parts of what is stored, as they are shown. */
import t from 'tap';
import type { Range } from '../../../clients/peiosctl/stored/range.ts';
import { showParts } from '../../../clients/peiosctl/stored/show-parts.ts';
import type { LogEntry } from '../../../gen/output/types.ts';

type Line = Extract<LogEntry, { readonly kind: 'line' }>;

const line = (id: number): Line => ({
  kind: 'line',
  boot_id: '01a23145-247d-7000-88d5-802600000000',
  id,
  service: 'web',
  origin: 'web',
  job_id: '01a23145-247d-7000-88d5-802600000001',
  is_error: false,
  timestamp: '2026-06-01T12:00:00.000000000Z',
  text: 'listening',
});
const usual: Range = { most: 10, isUsual: true, follows: true, newestFirst: false, since: null, until: null, boot: null };

async function shown(range: Range, parts: readonly { readonly entries: readonly Line[]; readonly caught_up: boolean }[]) {
  const printed: (readonly number[])[] = [];
  const told: number[] = [];
  async function* asked() {
    for (const part of parts) yield part;
  }
  await showParts<Line>(asked(), {
    range,
    isSought: null,
    print: (entries) => printed.push(entries.map(({ id }) => id)),
    caughtUp: async () => {
      told.push(printed.length);
    },
  });
  return { printed: printed.filter((ids) => ids.length > 0), told };
}

t.test('who follows sees those that were together, so that they stand in the same columns, and then each part as it comes', async (t) => {
  t.strictSame(
    await shown(usual, [
      { entries: [line(1)], caught_up: false },
      { entries: [line(2), line(3)], caught_up: true },
      { entries: [line(4)], caught_up: true },
      { entries: [line(5)], caught_up: true },
    ]),
    { printed: [[1, 2, 3], [4], [5]], told: [1] },
  );
});
