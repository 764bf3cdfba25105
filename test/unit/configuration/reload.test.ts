import t from 'tap';
import type { LoadOutcome } from '../../../src/configuration/read.ts';
import { createReload } from '../../../src/configuration/reload.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { LastRuns } from '../../../src/policy/timers/history.ts';
import type { LoadAnswer, Policy } from '../../../src/policy/view.ts';

const summary = { added: [], removed: [], changed: [] } as never;
const loaded = (...warnings: readonly string[]): LoadOutcome => ({
  kind: 'read',
  answer: { kind: 'loaded', summary, warnings },
  settings: [],
  fatal: null,
});
const refused = (message: string): LoadOutcome => ({
  kind: 'read',
  answer: { kind: 'refused', code: 'INVALID_STATE', message },
  settings: [],
  fatal: null,
});
const history: LastRuns = { single: null, bySchedule: new Map() };
const notTaken = (message: string): string => `changes of the registry are not taken over: ${message}`;

/** Reads that the test answers; `reads` says of each whether it was strict. */
function createScene(phase: 'booting' | 'running' = 'running') {
  const reads: boolean[] = [];
  const open: ((outcome: LoadOutcome) => void)[] = [];
  const warned: string[] = [];
  const ofSecurity = { count: 0 };
  const machine = { phase };
  const reload = createReload({
    reader: {
      load(strict, done) {
        reads.push(strict);
        open.push(done);
      },
      takeHistory: () => new Map([['web', history]]),
      loadSecurity: () => void ofSecurity.count++,
    },
    policy: { machine: () => machine } as unknown as Pick<Policy, 'machine'>,
    warn: (text) => void warned.push(text),
  });
  const answer = (outcome: LoadOutcome): void => open.shift()?.(outcome);
  const change = (outcome: LoadOutcome): string[] => {
    reload.changed();
    answer(outcome);
    return warned.splice(0);
  };
  return { reload, reads, ofSecurity, open, machine, warned, answer, change };
}

t.test('the first read is not strict, and says why the machine cannot boot with it', async (t) => {
  for (const [outcome, failure] of [
    [loaded(), null],
    [{ ...loaded(), fatal: 'no' } as LoadOutcome, 'no'],
    [refused('broken'), null],
    [{ kind: 'unread', message: 'nobody there' }, 'nobody there'],
  ] as const) {
    const { reload, reads, answer } = createScene();
    const results: (string | null)[] = [];
    reload.first((each) => results.push(each));
    t.strictSame([reads, results], [[false], []]);
    answer(outcome);
    t.strictSame(results, [failure]);
    t.equal(reload.refusal(), null);
  }
});

t.test('GEN-017 a change while the machine boots is taken over once when it has settled', async (t) => {
  const { reload, reads, ofSecurity, machine } = createScene('booting');
  const settled = { kind: 'settled' } as Effect;
  reload.onEffect(settled);
  t.strictSame(reads, []);
  reload.changed();
  reload.changed();
  reload.onEffect({ kind: 'services-stopped' } as Effect);
  t.strictSame([reads, ofSecurity.count], [[], 2], 'security descriptors are taken over at once');
  reload.onEffect(settled);
  t.strictSame(reads, [false]);
  machine.phase = 'running';
  reload.changed();
  t.strictSame([reads, ofSecurity.count], [[false, false], 2]);
});

t.test('EVT-013 after a change only what is newly wrong is told', async (t) => {
  const { reload, answer, change, warned } = createScene();
  reload.first(() => undefined);
  answer(loaded('a'));
  t.strictSame(warned, [], 'that went to the log');
  t.strictSame(change(loaded('a', 'b')), ['b']);
  t.strictSame(change(loaded('b')), []);
  t.strictSame(change(loaded('a', 'b')), ['a']);
  const fresh = createScene();
  fresh.reload.first(() => undefined);
  fresh.answer({ ...loaded('a'), fatal: 'no' } as LoadOutcome);
  t.strictSame(fresh.change(loaded('a')), ['a'], 'what could not be booted with was not told');
});

t.test('CMD-081 what was found of the settings is among the warnings, and on the console when it is new', async (t) => {
  const { reload, answer, change, warned } = createScene();
  const found = { ...loaded('a'), settings: ['newer'] } as LoadOutcome;
  reload.first(() => undefined);
  answer(found);
  t.strictSame(warned.splice(0), ['newer'], 'nobody else tells of it at the boot');
  t.strictSame(change(found), []);
  const answers: LoadAnswer[] = [];
  reload.asked((each) => answers.push(each));
  answer(found);
  t.strictSame(answers, [{ kind: 'loaded', summary, warnings: ['newer', 'a'] }]);
  t.strictSame(warned, [], 'who asked has the answer');
  t.strictSame(change(loaded('a')), []);
  t.strictSame(change(found), ['newer']);
});

t.test('a change that is refused is a warning for as long as it stands, told when it comes and when it is another', async (t) => {
  const { reload, change } = createScene();
  t.strictSame(change(refused('broken')), [notTaken('broken')]);
  t.equal(reload.refusal(), 'broken');
  t.strictSame(change(refused('broken')), []);
  t.strictSame(change({ kind: 'unread', message: 'nobody there' }), [notTaken('nobody there')]);
  t.strictSame(reload.refusal(), 'nobody there');
  t.strictSame(change(loaded()), []);
  t.equal(reload.refusal(), null);
  t.strictSame(change(refused('nobody there')), [notTaken('nobody there')], 'told anew');
});

t.test('a read that somebody asks for is strict and answered with what became of it; only success ends a refusal', async (t) => {
  const { reload, reads, answer, change } = createScene();
  const answers: LoadAnswer[] = [];
  const ask = (outcome: LoadOutcome): LoadAnswer | undefined => {
    reload.asked((each) => answers.push(each));
    answer(outcome);
    return answers.pop();
  };
  change(refused('broken'));
  t.strictSame(ask(refused('still')), { kind: 'refused', code: 'INVALID_STATE', message: 'still' });
  t.strictSame(ask({ kind: 'unread', message: 'gone' }), { kind: 'refused', code: 'INTERNAL_ERROR', message: 'gone' });
  t.equal(reload.refusal(), 'broken');
  t.strictSame(ask(loaded('a')), { kind: 'loaded', summary, warnings: ['a'] });
  t.equal(reload.refusal(), null);
  t.strictSame(reads, [false, true, true, true]);
});
