/** Bugs in the source of the policy's timers, a few letters each: the lives of timers notice them. */
import t from 'tap';
import type { Edit } from '../planted.ts';
import { loadBugged } from '../planted.ts';
import type { Shape } from './life.ts';
import { liveWithTimers, zones } from './life.ts';

interface Bug {
  readonly bug: string;
  readonly edits: readonly Edit[];
  readonly noticed: RegExp;
  readonly clock?: Shape['clock'];
  /** The first life that it is looked for in; 1 if left out. Some bugs show in few lives only. */
  readonly from?: number;
}

const bugs: readonly Bug[] = [
  {
    bug: 'the next time is that after the one served, so a jump fires once for each',
    edits: [
      { find: '  armTimer(turn, timer, at);\n}', replace: '  armTimer(turn, timer, scheduled ?? at);\n}' },
      { find: 'timer.served = withSpan(timer.served, timer.watchedSince, at);', replace: '' },
    ],
    noticed: /fired for .* and nothing was due|is armed for .* and not for/,
  },
  {
    bug: 'a delay comes before the scheduled time',
    edits: [
      {
        find: 'after(scheduled, drawDelay(turn, timer.jitterSeconds))',
        replace: 'after(scheduled, -drawDelay(turn, timer.jitterSeconds))',
      },
    ],
    noticed: /has a delay of -|fired early/,
  },
  {
    bug: 'what was served is forgotten, so a clock that goes back brings it again',
    edits: [{ find: 'timer.served = withSpan(timer.served, timer.watchedSince, at);', replace: 'timer.served = [];' }],
    noticed: /is armed for .* and not for|nothing was due/,
  },
  {
    bug: 'a clock that goes back beyond the boot fires only once it has come to what was served',
    edits: [{ find: 'if (from < timer.watchedSince || atBoot !== null) timer.watchedSince = from;', replace: '' }],
    noticed: /is armed for .* and not for/,
    from: 23,
  },
  {
    bug: 'nobody follows a clock that is set',
    edits: [
      {
        find: 'turn.state.machine.shutdown === null ? reckonAll(turn) : undefined',
        replace: 'turn.state.services.size < 0 ? reckonAll(turn) : undefined',
      },
    ],
    noticed: /is armed for .* and not for|did not fire/,
    from: 6,
  },
  {
    bug: 'a time whose delay runs is lost when the clock is set',
    edits: [{ find: 'if (timer.armed !== null && timer.armed.scheduled <= from) return;', replace: '' }],
    noticed: /owed|did not fire/,
  },
  {
    bug: 'the zone of the machine stays that of the boot',
    edits: [{ find: 'turn.state.machine.zone = event.zone;', replace: '' }],
    noticed: /is armed for .* and not for/,
    clock: 'zones',
  },
  {
    bug: 'of an hour that is repeated the second time is taken',
    edits: [{ find: "disambiguation: 'earlier'", replace: "disambiguation: 'later'" }],
    noticed: /is armed for .* and not for/,
    clock: 'changes',
  },
  {
    bug: 'a record from the future is believed',
    edits: [{ find: 'if (lastRun === null || lastRun > realtime)', replace: 'if (lastRun === null)' }],
    noticed: /missed a run before the boot and does not catch up/,
    from: 27,
  },
  {
    bug: 'every boot catches up',
    edits: [{ find: 'return next !== null && next <= realtime;', replace: 'return next !== null;' }],
    noticed: /catches up what it did not miss/,
    from: 9,
  },
  {
    bug: 'history is read where nothing is persistent',
    edits: [{ find: 'if (service?.definition?.timerPersistent !== true) continue;', replace: 'if (service === undefined) continue;' }],
    noticed: /catches up what it did not miss/,
  },
  {
    bug: 'times are saved where nothing is persistent',
    edits: [{ find: 'if (service.definition?.timerPersistent === true)\n    emit', replace: 'if (service.definition !== null)\n    emit' }],
    noticed: /was saved 1 times/,
  },
  {
    bug: 'several timers share the value of one',
    edits: [{ find: 'schedule: timer.alone ? null : timer.schedule', replace: 'schedule: null' }],
    noticed: /was saved 0 times/,
  },
  {
    bug: 'a service that is disabled keeps its timers',
    edits: [{ find: "if (definition.disabled) return 'disabled';\n  if (!machine.booted)", replace: 'if (!machine.booted)' }],
    noticed: /does not count/,
    from: 4,
  },
  {
    bug: 'the shutdown leaves timers armed',
    edits: [{ find: 'for (const timer of turn.state.timers.values()) restTimer(turn, timer);', replace: '' }],
    noticed: /timers are armed in the shutdown/,
  },
  {
    bug: 'a pending run does not follow',
    edits: [{ find: 'if (service.pendingRun) runPending(turn, service);', replace: '' }],
    noticed: /its pending run does not follow|pendingRun is true/,
  },
  {
    bug: 'a stop leaves the pending run',
    edits: [{ find: '  service.pendingRun = false;\n  beginOperation(turn, operation);', replace: '  beginOperation(turn, operation);' }],
    noticed: /pendingRun is true/,
    from: 7,
  },
  {
    bug: 'a Oneshot that runs is not run again',
    edits: [{ find: '        service.pendingRun = true;\n', replace: '' }],
    noticed: /pendingRun is false/,
  },
  {
    bug: 'a timer of a Oneshot in stopping starts it',
    edits: [
      {
        find: "case 'stopping':\n    case 'reloading':\n    case 'abandoned':\n    case 'skipped':\n      return skipped(",
        replace: "case 'reloading':\n    case 'abandoned':\n    case 'skipped':\n      return skipped(",
      },
      {
        find: "    case 'completed':\n    case 'failed':\n      return start(turn, service);\n    case 'starting'",
        replace: "    case 'completed':\n    case 'failed':\n    case 'stopping':\n      return start(turn, service);\n    case 'starting'",
      },
    ],
    noticed: /started while its service was stopping/,
    from: 29,
  },
];

const mostLives = 60;
t.setTimeout(1_800_000);

for (const { bug, edits, noticed, clock = 'set', from = 1 } of bugs) {
  t.test(`it is noticed when ${bug}`, async (t) => {
    const [bugged] = (await loadBugged(edits, './timers/life.ts')) as readonly [{ readonly liveWithTimers: typeof liveWithTimers }];
    for (let seed = from; seed < from + mostLives; seed++) {
      const shape: Shape = { seed, clock, zone: zones[seed % zones.length] ?? 'UTC', length: clock === 'changes' ? 60 : 40 };
      const { failure } = bugged.liveWithTimers(shape);
      if (failure === null) continue;
      t.match(failure, noticed);
      t.equal(liveWithTimers(shape).failure, null, 'without the bug the same life is fine');
      return t.comment(`${failure} (seed ${seed})`);
    }
    t.fail(`not noticed in ${mostLives} lives`);
  });
}
