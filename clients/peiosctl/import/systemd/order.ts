/** After and Before, once all services of the import are known: here an order comes with what is needed. */
import type { Draft } from '../conversion.ts';
import { eachService } from './names.ts';
import type { UnitEntry } from './unit-file.ts';

const needs = (draft: Draft, name: string): boolean =>
  [draft.fields.requires, draft.fields.wants, draft.fields.bindsTo].some((names) => names?.includes(name) === true);

export function resolveOrder(draft: Draft, entry: UnitEntry, all: ReadonlyMap<string, Draft>): void {
  eachService(draft, entry, (name) => {
    const about = { ...entry, word: `${entry.word}=${name}` };
    const [later, earlier, earlierName] =
      entry.word === 'After' ? [draft, all.get(name), name] : [all.get(name), draft as Draft | undefined, draft.name];
    if (later !== undefined && needs(later, earlierName)) return draft.noted();
    if (later === undefined)
      return draft.lost(about, `write Wants: [${draft.name}] into ${name}, which also starts ${draft.name}; there is no order alone`);
    if (earlier === undefined)
      return draft.lost(about, `Wants: [${earlierName}] gives the order, and also starts ${earlierName}; there is no order alone`);
    later.add('wants', earlierName);
    draft.changed(about, `became Wants: [${earlierName}] of ${later.name}, which also starts ${earlierName}; there is no order alone`);
  });
}
