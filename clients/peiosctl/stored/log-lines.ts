/** Lines of output as `logs` prints them, wherever they come from. */
import type { LogEntry, StoredLine } from '../../../gen/output/types.ts';
import type { Context } from '../command.ts';
import { Listing } from '../listing.ts';
import type { TextPattern } from '../text-pattern.ts';

/** A line that peinit holds has no id; one that is stored has. */
export type ShownLine = { readonly kind: 'line' } & Omit<StoredLine, 'id'>;

export interface LinePrinter {
  print(entries: readonly (ShownLine | Extract<LogEntry, { readonly kind: 'gap' }>)[]): void;
  /** Lines that were printed of a service. */
  countOf(service: string): number;
  readonly count: number;
}

/** `boot`: the present one; null: nobody knows. `names`: of services whose lines are certain to come. */
export function linePrinter(context: Context, boot: string | null, names: readonly string[], sought: TextPattern | null): LinePrinter {
  const { color, json, width } = context.options;
  const listing = new Listing({ color, width, boot, now: Date.now, sought });
  const counts = new Map<string, number>();
  let all = 0;
  listing.expect(names);
  return {
    print(entries) {
      if (entries.length === 0) return;
      const lines = entries.flatMap((entry) => (entry.kind === 'line' ? [entry] : []));
      all += lines.length;
      for (const { service } of lines)
        if (service !== null) counts.set(service.toLowerCase(), (counts.get(service.toLowerCase()) ?? 0) + 1);
      if (json) return context.print(entries.map((entry) => JSON.stringify(entry)).join('\n'));
      listing.expect(lines.map(({ origin }) => origin));
      const shown = entries.flatMap((entry) =>
        entry.kind === 'gap' ? listing.gap(entry.boot_id, entry.count, 'line') : listing.lines(entryOf(entry)),
      );
      context.print(shown.join('\n'));
    },
    countOf: (service) => counts.get(service.toLowerCase()) ?? 0,
    get count() {
      return all;
    },
  };
}

const entryOf = ({ boot_id, origin, is_error, timestamp, text }: ShownLine) => ({
  boot: boot_id,
  timestamp,
  name: origin,
  tone: is_error ? ('stderr' as const) : ('plain' as const),
  text,
});
