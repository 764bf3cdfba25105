/** [Timer]: triggers of the service that the timer starts. */
import type { Draft } from '../conversion.ts';
import { setSeconds } from '../durations.ts';
import type { UnitEntry } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

const relative: Handler = (draft, entry) =>
  draft.lost(entry, 'only calendar times start a service: say it as one, such as timer:*:0/15 for every quarter of an hour');

export const timerSection: Readonly<Record<string, Handler>> = {
  OnCalendar(draft, entry) {
    if (entry.value !== '') draft.add('triggers', `timer:${entry.value}`);
    // It takes back those before it.
    else draft.set('triggers', draft.fields.triggers?.filter((trigger) => !trigger.startsWith('timer:')) ?? []);
  },
  Persistent: (draft, entry) => draft.set('timerPersistent', /^(?:1|yes|y|true|t|on)$/i.test(entry.value)),
  RandomizedDelaySec: (draft, entry) => void setSeconds(draft, 'timerJitter', entry),
  AccuracySec: (draft, entry) => draft.needless(entry, 'timers fire at their time, give or take TimerJitter'),
  FixedRandomDelay: (draft, entry) => draft.lost(entry, 'TimerJitter is chosen anew each time'),
  Unit: (draft) => draft.noted(),
  WakeSystem: (draft, entry) => draft.lost(entry, 'a sleeping machine is not woken'),
  RemainAfterElapse: (draft, entry) => draft.needless(entry, 'a timer belongs to its service'),
  OnBootSec: relative,
  OnStartupSec: relative,
  OnActiveSec: relative,
  OnUnitActiveSec: relative,
  OnUnitInactiveSec: relative,
  OnClockChange: relative,
  OnTimezoneChange: relative,
};
