/** Events as `events` prints them, wherever they come from. */
import type { Severity } from '../../../gen/options/types.ts';
import type { EventEntry } from '../../../gen/output/types.ts';
import type { Context } from '../command.ts';
import type { TimedEvent } from '../format-event.ts';
import { entryOfEvent } from '../format-event.ts';
import { Listing } from '../listing.ts';

/** One that peinit tells itself is of the present boot, and has its severity by the schema. */
export type ShownEvent = { readonly kind: 'event'; readonly boot_id?: string; readonly severity?: Severity } & TimedEvent;

export interface EventPrinter {
  print(entries: readonly (ShownEvent | Extract<EventEntry, { readonly kind: 'gap' }>)[]): void;
  /** Events that were printed. */
  readonly count: number;
}

/** `boot`: the present one; null: nobody knows. */
export function eventPrinter(context: Context, boot: string | null): EventPrinter {
  const { color, json, width } = context.options;
  const listing = new Listing({ color, width, boot, now: Date.now });
  let all = 0;
  return {
    print(entries) {
      if (entries.length === 0) return;
      all += entries.filter(({ kind }) => kind === 'event').length;
      if (json) return context.print(entries.map((entry) => JSON.stringify(entry)).join('\n'));
      const shown = entries.map((entry) =>
        entry.kind === 'gap' ? entry : entryOfEvent(entry, entry.boot_id ?? boot ?? '', entry.severity),
      );
      listing.expect(shown.flatMap((entry) => ('name' in entry && entry.name !== null ? [entry.name] : [])));
      context.print(
        shown.flatMap((entry) => ('kind' in entry ? listing.gap(entry.boot_id, entry.count, 'event') : listing.lines(entry))).join('\n'),
      );
    },
    get count() {
      return all;
    },
  };
}
