/** What wait waits for. */
import t from 'tap';
import { parseDuration } from '../../../clients/peiosctl/durations.ts';
import { Expectation } from '../../../clients/peiosctl/expectation.ts';
import type { Known } from '../../../clients/peiosctl/known-states.ts';
import { KnownStates } from '../../../clients/peiosctl/known-states.ts';
import { targetNames, targetStates } from '../../../clients/peiosctl/target-states.ts';
import { UsageError } from '../../../clients/peiosctl/usage-error.ts';
import type { ServiceState } from '../../../gen/events/types.ts';
import type { State } from '../../../gen/service/types.ts';

const known = (service: string, state: State, cause: Known['cause'] = 'explicit_start'): Known => ({ service, state, cause });
const step = (service: string, from: State, to: State, cause: ServiceState['cause'] = 'explicit_start'): ServiceState => ({
  service,
  from,
  to,
  cause,
  job_id: null,
  operation_id: null,
  detail: null,
});
const ready = new Set<State>(['active', 'reloading', 'completed']);

t.test('one service counts as there although it was so for a moment only, also before its state was read', async (t) => {
  const expectation = new Expectation(['Web'], ready, false);
  expectation.read(known('web', 'backoff'));
  t.notOk(expectation.isMet);
  expectation.step(step('db', 'starting', 'active'));
  t.notOk(expectation.isMet, 'another service');
  expectation.step(step('web', 'starting', 'active'));
  expectation.step(step('web', 'active', 'backoff'));
  t.ok(expectation.isMet);
  t.strictSame(expectation.at('web'), known('web', 'active'));
});

t.test('several must be there at the same time, unless one is enough', async (t) => {
  const all = new Expectation(['a', 'b'], ready, false);
  const any = new Expectation(['a', 'b'], ready, true);
  for (const each of [all, any]) {
    for (const name of ['a', 'b']) each.read(known(name, 'starting'));
    each.step(step('a', 'starting', 'active'));
    each.step(step('a', 'active', 'backoff'));
    each.step(step('b', 'starting', 'active'));
  }
  t.strictSame([all.isMet, all.missing, any.isMet], [false, ['a'], true]);
  all.step(step('a', 'backoff', 'starting'));
  all.step(step('a', 'starting', 'active'));
  t.strictSame([all.isMet, all.missing], [true, []]);
});

t.test('what only somebody can take out of its state is stuck, and so is what is not defined any more', async (t) => {
  const stuck = (state: State, cause: Known['cause'] = 'process_crash', target = ready): boolean => {
    const expectation = new Expectation(['web'], target, false);
    expectation.read(known('web', state, cause));
    return expectation.stuck.length > 0;
  };
  for (const state of ['failed', 'abandoned', 'skipped'] as const) t.ok(stuck(state), state);
  for (const state of ['inactive', 'starting', 'stopping', 'backoff'] as const) t.notOk(stuck(state), state);
  t.notOk(stuck('failed', 'process_crash', new Set<State>(['failed'])), 'where it is to be');
  t.notOk(stuck('failed', 'binds_to_propagation'), 'it is started again with what it is bound to');
  t.ok(stuck('inactive', 'shutdown_wave'), 'the machine ends');
  const removed = new Expectation(['web'], ready, false);
  removed.read(known('web', 'starting'));
  removed.gone('WEB');
  t.strictSame([removed.stuck, removed.at('web')], [['web'], null]);
  const stopped = new Expectation(['web'], targetStates('stopped')!, false);
  stopped.read(known('web', 'stopping'));
  stopped.gone('web');
  t.ok(stopped.isMet, 'nothing of it runs');
});

t.test('one of several that is stuck is enough to give up, with --any all of them are needed', async (t) => {
  const stuck = (any: boolean, other: State): readonly string[] => {
    const expectation = new Expectation(['a', 'b'], ready, any);
    expectation.read(known('a', 'failed'));
    expectation.read(known('b', other));
    return expectation.stuck;
  };
  t.strictSame([stuck(false, 'starting'), stuck(true, 'starting'), stuck(true, 'failed')], [['a'], [], ['a', 'b']]);
});

t.test('O-115 steps that lie before what was read are told from those after it', async (t) => {
  const states = new KnownStates();
  states.read(known('web', 'active'));
  const told = (from: State, to: State): boolean => states.step(step('Web', from, to));
  t.strictSame([told('inactive', 'starting'), told('starting', 'active')], [false, false], 'that is how it got there');
  t.strictSame([told('active', 'stopping'), told('stopping', 'inactive')], [true, true]);
  t.strictSame(states.read(known('web', 'inactive')), null, 'no surprise');
  t.strictSame(states.read(known('web', 'failed')), { now: known('web', 'failed'), before: known('web', 'inactive') });
  t.strictSame(states.missing([{ service: 'db' }]), [known('web', 'failed')]);
  t.strictSame([states.forget('WEB'), states.forget('web'), states.get('web')], [true, false, undefined]);
});

t.test('states to wait for are those of services, and two words for several', async (t) => {
  t.strictSame(targetNames.slice(0, 3), ['ready', 'stopped', 'inactive']);
  t.strictSame([...(targetStates('ready') ?? [])], ['active', 'reloading', 'completed']);
  t.strictSame([...(targetStates('backoff') ?? [])], ['backoff']);
  for (const word of ['up', 'toString', '']) t.equal(targetStates(word), null, word);
});

t.test('a time is a number of seconds, or has its unit', async (t) => {
  const times = ['0', '30', '0.5', '250ms', '30s', '5m', '5min', '1h'].map((text) => parseDuration(text, '--timeout'));
  t.strictSame(times, [0, 30_000, 500, 250, 30_000, 300_000, 300_000, 3_600_000]);
  for (const text of ['', 's', '-1', '1d', '5 s', '1e3', '.5', '9999999', '5toString'])
    t.throws(() => parseDuration(text, '--timeout'), UsageError, text);
});
