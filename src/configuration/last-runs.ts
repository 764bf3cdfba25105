/**
 * Where the registry keeps when timers fired last: a service with one timer has it in its own key, one with several has a value for each
 * schedule in a key below. PSD-007 9.1, TMR-031, TMR-032.
 */
import { timerFields } from '../../gen/timers/facts.ts';
import type { RegistryEvent } from '../platform/registry.ts';
import { foldName } from '../policy/definition/names.ts';
import type { DefinitionSet } from '../policy/definition/set.ts';
import { foldValueName } from '../policy/definition/values.ts';
import type { SaveLastRun } from '../policy/effects.ts';
import type { RealtimeNs } from '../policy/time.ts';
import type { LastRuns, TimerHistory } from '../policy/timers/history.ts';
import type { RegistryValue } from '../registry/value.ts';
import type { RegistryModel } from './model.ts';
import { systemKey, timerStateKey } from './model.ts';

const lastRunName = timerFields.one.name;
const servicesKey = `${systemKey}\\Services`;

export interface LastRunPlace {
  readonly key: string;
  /** The key is one that nobody has made yet, perhaps. */
  readonly isOwnKey: boolean;
  readonly name: string;
}

export function placeOf({ service, schedule }: Pick<SaveLastRun, 'service' | 'schedule'>): LastRunPlace {
  const key = `${servicesKey}\\${service}`;
  if (schedule === null) return { key, isOwnKey: false, name: lastRunName };
  return { key: `${key}\\${timerStateKey}`, isOwnKey: true, name: valueNameOf(schedule) };
}

/** Every byte outside of [A-Za-z0-9._-] as %XX. TMR-032. */
function valueNameOf(schedule: string): string {
  const bytes = Array.from(Buffer.from(schedule, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return bytes.join('');
}

/** Nobody but peinit reads these values, and only at a boot: whoever changes one changes no definition. TMR-048, TMR-049, O-130. */
export function isLastRunChange({ type, path, name }: RegistryEvent): boolean {
  const folded = path.toLowerCase();
  const services = `${servicesKey}\\`.toLowerCase();
  if (!folded.startsWith(services)) return false;
  const [, below, ...deeper] = folded.slice(services.length).split('\\');
  const isValue = type === 'value_set' || type === 'value_deleted';
  if (below !== undefined) return isValue && below === timerStateKey.toLowerCase() && deeper.length === 0;
  if (isValue) return foldValueName(name) === foldValueName(lastRunName);
  return (type === 'subkey_created' || type === 'subkey_deleted') && name.toLowerCase() === timerStateKey.toLowerCase();
}

/** What the registry held of the timers of these definitions. What is no REG_QWORD is told, and counts for nothing. */
export function readHistory(model: RegistryModel, { services }: DefinitionSet, warn: (text: string) => void): TimerHistory {
  const own = new Map(model.definitions.map(({ name, values }) => [foldName(name), values]));
  const history = new Map<string, LastRuns>();
  for (const { name: service, definition } of services) {
    const schedules = definition?.triggers.flatMap((trigger) => (trigger.type === 'timer' ? [trigger.expression] : [])) ?? [];
    if (schedules.length === 0) continue;
    const key = foldName(service);
    const read = (schedule: string | null): RealtimeNs | null => {
      const place = placeOf({ service, schedule });
      return lastRunIn((place.isOwnKey ? model.timerStates : own).get(key) ?? [], place, warn);
    };
    const bySchedule = new Map<string, RealtimeNs>();
    for (const schedule of new Set(schedules)) {
      const at = read(schedule);
      if (at !== null) bySchedule.set(schedule, at);
    }
    history.set(key, { single: read(null), bySchedule });
  }
  return history;
}

function lastRunIn(values: readonly RegistryValue[], { key, name }: LastRunPlace, warn: (text: string) => void): RealtimeNs | null {
  const value = values.find((each) => foldValueName(each.name) === foldValueName(name));
  if (value === undefined) return null;
  if (value.type === 'QWORD') return value.data as RealtimeNs;
  warn(`${key}\\${name} is REG_${value.type} and must be REG_QWORD: it counts as if the timer had never fired; delete the value`);
  return null;
}
