/** Units of systemd as services. */

import { withMask } from '../commands.ts';
import type { Conversion, Remark, SourceFile } from '../conversion.ts';
import { Draft } from '../conversion.ts';
import { foregroundAdvice } from '../foreground.ts';
import { system } from '../identity.ts';
import { firstWords, settleIdentity } from './identity.ts';
import { installSection } from './install-section.ts';
import { nameOfUnit } from './names.ts';
import { notCarried } from './not-carried.ts';
import { resolveOrder } from './order.ts';
import { serviceSection } from './service-section.ts';
import { timerSection } from './timer.ts';
import type { UnitEntry, UnitName } from './unit-file.ts';
import { fillIn, readUnit, unitName, unitOf } from './unit-file.ts';
import { orderWords, unitSection } from './unit-section.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

interface Unit {
  readonly name: UnitName;
  readonly text: string;
  readonly entries: readonly UnitEntry[];
  readonly cleared: readonly UnitEntry[];
}

const sections: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  Unit: unitSection,
  Service: serviceSection,
  Install: installSection,
  Timer: timerSection,
};

/** Files of one unit belong together: the unit first, its drop-ins in the order given. */
function unitsOf(files: readonly SourceFile[]): readonly Unit[] {
  const byUnit = new Map<string, SourceFile[]>();
  for (const file of files) {
    const unit = unitOf(file.name);
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), file]);
  }
  return [...byUnit].map(([text, parts]) => {
    const ordered = [...parts].sort((left, right) => Number(left.name.includes('.d/')) - Number(right.name.includes('.d/')));
    const all = ordered.flatMap(readUnit);
    // An empty assignment that takes nothing back says something itself: CapabilityBoundingSet= leaves no capability.
    const isReset = ({ section, word, value }: UnitEntry, index: number): boolean =>
      section !== '' && value === '' && all.slice(0, index).some((earlier) => earlier.section === section && earlier.word === word);
    const entries = all.filter((entry, index) => !isReset(entry, index) && !isCleared(all, index));
    return { name: unitName(text), text, entries, cleared: all.filter((_, index) => isCleared(all, index)) };
  });
}

/** Whether a later empty assignment takes it back. */
const isCleared = (entries: readonly UnitEntry[], index: number): boolean => {
  const { section, word, value } = entries[index] as UnitEntry;
  return (
    section !== '' &&
    value !== '' &&
    entries.slice(index + 1).some((later) => later.section === section && later.word === word && later.value === '')
  );
};

export function convertUnits(files: readonly SourceFile[]): Conversion {
  const units = unitsOf(files);
  const drafts = new Map<string, Draft>();
  const remarks: Remark[] = [];
  const services = units.filter(({ name }) => name.suffix === 'service');
  for (const { text, name, entries, cleared } of services) {
    const draft = new Draft(nameOfUnit(text));
    drafts.set(draft.name, draft);
    // What systemd does where nothing is said.
    Object.assign(draft.fields, { identity: system, readiness: 'Alive', restartPolicy: 'Never', startTimeout: 90, stopTimeout: 90 });
    const ordered = entries.toSorted((left, right) => firstWords.indexOf(right.word) - firstWords.indexOf(left.word));
    for (const entry of ordered) if (!orderWords.includes(entry.word)) handle(draft, entry, name);
    for (const entry of cleared) draft.needless(entry, 'an empty assignment after it takes it back');
    finish(draft, text, entries);
  }
  for (const { text, name, entries } of services) {
    const draft = drafts.get(nameOfUnit(text));
    if (draft === undefined) continue;
    for (const entry of entries.filter(({ word }) => orderWords.includes(word))) {
      const filled = { ...entry, value: fillIn(entry.value, name).value };
      draft.handle(filled, () => resolveOrder(draft, filled, drafts));
    }
  }
  for (const unit of units) if (unit.name.suffix !== 'service') remarks.push(...otherUnit(unit, drafts));
  return {
    services: [...drafts.values()].filter(({ fields }) => fields.imagePath !== undefined),
    remarks: [...[...drafts.values()].flatMap((draft) => draft.remarks), ...remarks],
  };
}

function handle(draft: Draft, entry: UnitEntry, unit: UnitName): void {
  const { value, unknown } = fillIn(entry.value, unit);
  const filled = { ...entry, value };
  draft.handle(entry, () => {
    if (entry.section === '') return draft.lost(entry, 'this is no line of a unit file: it has no = or stands before any section');
    if (unknown.length > 0) return draft.lost(entry, `nothing stands for ${unknown.join(' and ')} here; write the value itself`);
    const table = sections[entry.section];
    if (table === undefined || (entry.section === 'Timer' && unit.suffix !== 'timer'))
      return draft.lost(
        entry,
        entry.section.startsWith('X-') ? 'sections of other programs are not read' : `there is no section [${entry.section}] of a service`,
      );
    const handler = Object.hasOwn(table, entry.word) ? table[entry.word] : undefined;
    if (handler !== undefined) return handler(draft, filled);
    const row = entry.section === 'Service' ? notCarried.find(([pattern]) => pattern.test(entry.word)) : undefined;
    if (row !== undefined) return draft.remark(row[1], filled, row[2]);
    if (/^(?:Condition|Assert)/.test(entry.word))
      return draft.lost(
        entry,
        'Conditions and Asserts look at paths and registry keys: test for it in an ExecStartPre, which fails the start',
      );
    return draft.lost(
      entry,
      entry.word.startsWith('X-') ? 'it belongs to another program' : 'it is not known here, nor to the systemd that this was written for',
    );
  });
}

/** What only the whole unit tells. */
function finish(draft: Draft, text: string, entries: readonly UnitEntry[]): void {
  const { fields } = draft;
  const [first] = entries;
  const at = { file: first?.file ?? text, line: 1, word: text };
  if (fields.remainAfterExit === true && fields.type !== 'Oneshot') {
    fields.type = 'Oneshot';
    draft.changed({ ...at, word: 'RemainAfterExit' }, 'it is a Oneshot now: up when its program has ended well, and from then on');
  }
  settleIdentity(draft);
  if (fields.type === 'Oneshot') {
    delete fields.readiness;
    // A Oneshot has no limit by itself.
    if (!entries.some(({ word }) => word === 'TimeoutStartSec' || word === 'TimeoutSec')) fields.startTimeout = 4_294_967_295;
  }
  const forks = entries.findLast(({ section, word }) => section === 'Service' && word === 'Type');
  if (forks?.value === 'forking')
    draft.lost(forks, foregroundAdvice([fields.imagePath ?? '', ...(fields.arguments ?? []).flatMap((word) => word.split(' '))]));
  const mask = entries.findLast(({ section, word }) => section === 'Service' && word === 'UMask')?.value;
  if (mask !== undefined && fields.imagePath !== undefined) {
    const program = withMask({ imagePath: fields.imagePath, arguments: fields.arguments ?? [] }, mask);
    draft.set('imagePath', program.imagePath);
    draft.set('arguments', program.arguments);
  }
  if (unitName(text).instance === '')
    draft.lost(at, `it is a template: name the instance, ${text.replace('@.', '@INSTANCE.')}, and %i is filled in`);
  else if (fields.imagePath === undefined) draft.lost(at, 'there is no ExecStart in it, so nothing can be started: it is left out');
}

function otherUnit({ name, text, entries }: Unit, drafts: ReadonlyMap<string, Draft>): readonly Remark[] {
  const file = entries[0]?.file ?? text;
  if (name.suffix !== 'timer') {
    const kind = 'lost';
    return [
      { kind, file, line: 1, service: null, word: text, text: unitTexts[name.suffix] ?? `there are no units of kind ${name.suffix} here` },
      ...entries.map(({ line, word }): Remark => ({ kind, file, line, service: null, word, text: 'it goes with its unit' })),
    ];
  }
  const stated = entries.find(({ section, word }) => section === 'Timer' && word === 'Unit')?.value;
  const service = nameOfUnit(stated ?? text);
  const target = drafts.get(service);
  const draft = target ?? new Draft(service);
  const before = draft.remarks.length;
  // What systemd does where nothing is said.
  draft.set('timerPersistent', false);
  for (const entry of entries.filter(({ section }) => section === 'Timer')) handle(draft, entry, name);
  for (const entry of entries.filter(({ section }) => section !== 'Timer'))
    draft.needless(entry, 'a timer belongs to its service, whose own section counts');
  if (target === undefined)
    draft.lost({ file, line: 1, word: text }, `it starts ${service}, which is not among the files: give ${service}.service too`);
  // Those of a service are collected with it.
  return target === undefined ? draft.remarks.slice(before) : [];
}

const unitTexts: Readonly<Record<string, string>> = {
  socket: 'there is no socket activation: the program opens its socket itself',
  target: 'there are no targets: a Oneshot with RemainAfterExit whose Requires names the services stands for a group',
  path: 'nothing watches paths: let the program do it, or a timer look regularly',
  mount: 'mounts are not made from units: have it mounted before the machine starts',
  automount: 'mounts are not made from units: have it mounted before the machine starts',
  swap: 'swap is not managed here: a Oneshot with swapon does it',
  slice: 'no resources are limited here: each service has a cgroup of its own below /sys/fs/cgroup/peinit',
  scope: 'what others started is not taken over',
  device: 'nothing waits for devices here: test for it with Asserts',
};
