/** [Install]: what starts a unit by itself. */
import type { Draft } from '../conversion.ts';
import { nameOfUnit } from './names.ts';
import type { UnitEntry } from './unit-file.ts';
import { unitName } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

const wanted =
  (member: 'Requires' | 'Wants'): Handler =>
  (draft, entry) => {
    for (const unit of entry.value.split(/\s+/)) {
      const { suffix } = unitName(unit);
      if (suffix === 'target') draft.add('triggers', 'boot');
      else draft.lost({ ...entry, word: `${entry.word}=${unit}` }, `write ${member}: [${draft.name}] into ${nameOfUnit(unit)}`);
    }
  };

export const installSection: Readonly<Record<string, Handler>> = {
  WantedBy: wanted('Wants'),
  RequiredBy: wanted('Requires'),
  UpheldBy: wanted('Wants'),
  Alias: (draft, entry) => draft.lost(entry, 'a service has one name'),
  Also: (draft, entry) => draft.needless(entry, 'each service states its own Triggers'),
  DefaultInstance: (draft, entry) => draft.needless(entry, 'an instance is imported by its whole name, NAME@INSTANCE.service'),
};
