/** What npm run powercut takes for right and for wrong, with what a machine might tell. */
import t from 'tap';
import { momentsOf } from '../../bin/vm/powercut/moments.ts';
import type { Found } from '../../bin/vm/powercut/records.ts';
import { createRecords } from '../../bin/vm/powercut/records.ts';

const dword = (data: number): object => ({ type: 'DWORD', data });
const qword = (data: string): object => ({ type: 'QWORD', data });
const none = { error: 'ENOENT' };
const fresh: Found = { counter: '1\n', first: none, second: none, lastRun: none, nowMs: 1000 };
const later: Found = { counter: '2\n', first: dword(5), second: dword(5), lastRun: qword('700'), nowMs: 1000 };

/** After a boot that acknowledged pair 4 and a run at 600, and was cut. */
function afterOne(): ReturnType<typeof createRecords> {
  const records = createRecords();
  records.begun();
  t.strictSame(records.found(fresh), []);
  records.acknowledged(4, 600n);
  records.cut();
  return records;
}

t.test('what was acknowledged, and what may have been under way, is right', async (t) => {
  for (const found of [
    later,
    { ...later, first: dword(4), second: dword(4) },
    { ...later, counter: '1\n' },
    { ...later, counter: '0\n' },
  ]) {
    const records = afterOne();
    records.begun();
    t.strictSame(records.found(found), [], JSON.stringify(found));
  }
});

t.test('a boot that was cut before anybody knows whether it counts may have been counted', async (t) => {
  for (const [counter, right] of [
    ['2\n', true],
    ['3\n', true],
    ['4\n', false],
  ] as const) {
    const records = afterOne();
    records.cut();
    records.begun();
    t.equal(records.found({ ...later, counter }).length === 0, right, counter);
  }
});

t.test('each record that is neither old nor new is told', async (t) => {
  const wrong: readonly Partial<Found>[] = [
    { counter: null },
    { counter: '' },
    { counter: '3\n' },
    { counter: '2' },
    { counter: '\0\0' },
    { first: dword(5), second: dword(4) },
    { first: dword(3), second: dword(3) },
    { first: none, second: none },
    { first: { type: 'SZ', data: '5' }, second: { type: 'SZ', data: '5' } },
    { lastRun: qword('599') },
    { lastRun: none },
    { lastRun: dword(700) },
    { lastRun: qword('1000000001') },
  ];
  for (const each of wrong) {
    const records = afterOne();
    records.begun();
    t.equal(records.found({ ...later, ...each }).length, 1, JSON.stringify(each));
  }
});

t.test('a seed gives the same moments, and the first ones of a longer run', async (t) => {
  t.strictSame(momentsOf(7, 6), momentsOf(7, 50).slice(0, 6));
  t.notSame(momentsOf(7, 6), momentsOf(8, 6));
});
