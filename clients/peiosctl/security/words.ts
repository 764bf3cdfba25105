/** Rights, ACEs and labels in words. */
import { rights } from '../../../gen/options/facts.ts';
import type { KnownAce } from '../../../src/security/ace.ts';
import { aceFlag } from '../../../src/security/ace.ts';
import type { GenericMapping } from '../../../src/security/mappings.ts';
import { machineMapping, mapGeneric, serviceMapping } from '../../../src/security/mappings.ts';
import { access, maskText } from '../../../src/security/masks.ts';

/** A right: its bit, what people call it, and what it is called in the schema. */
export interface RightWords {
  readonly bit: number;
  readonly words: string;
}

/** A kind of objects that descriptors guard. */
export interface Kind {
  readonly mapping: GenericMapping;
  /** What peinit asks for, in the order in which people think of it. */
  readonly rights: readonly RightWords[];
  /** What it asks for of others than those who are concerned. */
  readonly more: readonly RightWords[];
}

export const serviceKind: Kind = {
  mapping: serviceMapping,
  rights: [
    { bit: rights.SERVICE_QUERY_STATUS, words: 'see' },
    { bit: rights.SERVICE_START, words: 'start' },
    { bit: rights.SERVICE_STOP, words: 'stop' },
    { bit: rights.SERVICE_INTERROGATE, words: 'reload' },
  ],
  more: [],
};

export const machineKind: Kind = {
  mapping: machineMapping,
  rights: [
    { bit: rights.SYSTEM_SHUTDOWN, words: 'shut down' },
    { bit: rights.SYSTEM_RELOAD_CONFIG, words: 'reload definitions' },
  ],
  more: [
    { bit: rights.SYSTEM_QUERY_JOBS, words: 'see jobs' },
    { bit: rights.SYSTEM_STOP_JOBS, words: 'stop jobs' },
  ],
};

/** Rights that every object has; peinit asks for none of them. */
const standard: readonly RightWords[] = [
  { bit: access.delete, words: 'delete' },
  { bit: access.readControl, words: 'read the descriptor' },
  { bit: access.writeDac, words: 'change the descriptor' },
  { bit: access.writeOwner, words: 'change the owner' },
  { bit: access.synchronize, words: 'wait for it' },
  { bit: access.systemSecurity, words: 'change audit rules' },
];

/** The bits of a right that is told by words (`shut-down`) or by its name in the schema; `restart` is two. Null: there is no such right. */
export function rightNamed(text: string, kind: Kind): number | null {
  const wanted = bare(text);
  if (kind === serviceKind && wanted === 'restart') return rights.SERVICE_START | rights.SERVICE_STOP;
  const found = [...kind.rights, ...kind.more].find(({ bit, words }) =>
    [words, ...schemaNames(bit, kind)].some((name) => bare(name) === wanted),
  );
  return found?.bit ?? null;
}

/** As a word of a command line. */
export const rightWords = (kind: Kind): readonly string[] => [...kind.rights, ...kind.more].map(({ words }) => words.replaceAll(' ', '-'));

const bare = (text: string): string => text.toLowerCase().replaceAll(/[ _-]/g, '');

function schemaNames(bit: number, kind: Kind): readonly string[] {
  const family = kind === serviceKind ? 'SERVICE_' : 'SYSTEM_';
  const names = Object.entries(rights).flatMap(([name, value]) => (value === bit && name.startsWith(family) ? [name] : []));
  return [...names, ...names.map((name) => name.slice(family.length))];
}

export const commandBits = (kind: Kind): number => kind.rights.reduce((mask, { bit }) => mask | bit, 0);

/** `see, start, stop`; `everything` where the kind of object has no more. */
export function rightsInWords(mask: number, kind: Kind): string {
  const mapped = mapGeneric(mask, kind.mapping);
  if ((kind.mapping.all & ~mapped) === 0) return 'everything';
  const named = [...kind.rights, ...kind.more, ...standard];
  const words = named.filter(({ bit }) => (mapped & bit) !== 0).map((right) => right.words);
  const rest = named.reduce((left, { bit }) => left & ~bit, mapped);
  if (rest !== 0) words.push(`bits ${maskText(rest)}, which mean nothing here`);
  return words.join(', ') || 'nothing';
}

/** What an ACE does, as the first word about it. */
export function effectInWords({ type }: KnownAce): string {
  if (type.startsWith('allow')) return 'allows';
  if (type.startsWith('deny')) return 'denies';
  if (type.startsWith('audit')) return 'audits';
  if (type.startsWith('alarm')) return 'alarms';
  return type.replaceAll('_', ' ');
}

/** What is particular about an ACE; empty: nothing. */
export function remarkOn({ type, flags, data }: KnownAce): string {
  const remarks = [
    (flags & aceFlag.inheritOnly) === 0 ? [] : 'counts only where it is inherited: not here',
    (flags & aceFlag.inherited) === 0 ? [] : 'inherited',
    data === null || !type.startsWith('allow') ? [] : 'on a condition, which is never known here: allows nothing',
    data === null || !type.startsWith('deny') ? [] : 'on a condition, which is never known here: always denies',
    (flags & aceFlag.success) === 0 ? [] : 'when it succeeds',
    (flags & aceFlag.failure) === 0 ? [] : 'when it is refused',
  ];
  return remarks.flat().join('; ');
}
