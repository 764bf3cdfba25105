import type { EventOf } from '../../gen/events/events.ts';
import type { OnFailureLoopSuppressed } from '../../gen/events/types.ts';

/** Gives the text back, or another one in its place. */
export type ChangeText = (text: string) => string;

/** One word is a name, an id or a state; sentences are what may say more than that. */
const isSentence = (value: unknown): value is string => typeof value === 'string' && value.includes(' ');

/** Members that name another service than the one that the event is about. */
const others: ReadonlySet<string> = new Set<keyof OnFailureLoopSuppressed>(['handler']);
const isOther = (member: string, value: unknown): value is string => others.has(member) && typeof value === 'string';

/** The event with its texts changed; names that it lists and that would be changed are left out. The very same where nothing changes. */
export function withTexts(event: EventOf, change: ChangeText): EventOf {
  let changed: Record<string, unknown> | null = null;
  for (const [member, value] of Object.entries(event.payload)) {
    const replaced = isSentence(value) || isOther(member, value) ? change(value) : Array.isArray(value) ? listWith(value, change) : value;
    if (replaced === value) continue;
    changed ??= { ...event.payload };
    changed[member] = replaced;
  }
  // Every member is still of its type: texts are texts, lists are lists.
  return changed === null ? event : ({ event: event.event, payload: changed } as unknown as EventOf);
}

function listWith(list: readonly unknown[], change: ChangeText): readonly unknown[] {
  const kept = list.filter((entry) => typeof entry !== 'string' || change(entry) === entry);
  return kept.length === list.length ? list : kept;
}
