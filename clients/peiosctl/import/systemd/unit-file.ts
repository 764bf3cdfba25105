/** A unit file, line by line. */
import type { Entry, SourceFile } from '../conversion.ts';

export interface UnitEntry extends Entry {
  /** Name of the section, without brackets. */
  readonly section: string;
}

/** Lines that are neither a section nor an assignment have the word of the whole line and no section. */
export function readUnit({ name: file, text }: SourceFile): readonly UnitEntry[] {
  const entries: UnitEntry[] = [];
  let section = '';
  let begun: { line: number; text: string } | null = null;
  const finish = ({ line, text: whole }: { line: number; text: string }): void => {
    const header = /^\[(.+)\]$/.exec(whole);
    if (header !== null) {
      section = header[1] ?? '';
      return;
    }
    const equal = whole.indexOf('=');
    if (equal <= 0 || section === '') entries.push({ file, line, section: '', word: whole, value: '' });
    else entries.push({ file, line, section, word: whole.slice(0, equal).trim(), value: whole.slice(equal + 1).trim() });
  };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    // A comment in the middle of a continued line is left out of it; an empty line ends it.
    if (/^[#;]/.test(line) || (line === '' && begun === null)) continue;
    const joined: { line: number; text: string } =
      begun === null ? { line: index + 1, text: line } : { line: begun.line, text: `${begun.text} ${line}` };
    if (joined.text.endsWith('\\')) {
      begun = { line: joined.line, text: joined.text.slice(0, -1).trimEnd() };
      continue;
    }
    begun = null;
    finish(joined);
  }
  if (begun !== null) finish(begun);
  return entries;
}

export interface UnitName {
  /** Without suffix and instance. */
  readonly prefix: string;
  /** What stands between @ and the suffix; null: there is no @. */
  readonly instance: string | null;
  /** service, timer, socket... */
  readonly suffix: string;
}

export function unitName(path: string): UnitName {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  const stem = dot < 0 ? base : base.slice(0, dot);
  const at = stem.indexOf('@');
  return {
    prefix: at < 0 ? stem : stem.slice(0, at),
    instance: at < 0 ? null : stem.slice(at + 1),
    suffix: dot < 0 ? 'service' : base.slice(dot + 1),
  };
}

/** The unit a file says something of: that of its name, or for a drop-in that of its folder, NAME.service.d. */
export function unitOf(path: string): string {
  const folder = path.split('/').at(-2) ?? '';
  return folder.endsWith('.d') ? folder.slice(0, -2) : path.slice(path.lastIndexOf('/') + 1);
}

/** What units know of themselves. Null: nothing stands for it here. */
export function specifier(letter: string, unit: UnitName): string | null {
  const { prefix, instance, suffix } = unit;
  const stem = instance === null ? prefix : `${prefix}@${instance}`;
  const known: Readonly<Record<string, string>> = {
    '%': '%',
    n: `${stem}.${suffix}`,
    N: stem,
    p: prefix,
    P: unescapeName(prefix),
    j: prefix.split('-').at(-1) ?? prefix,
    ...(instance === null || instance === '' ? {} : { i: instance, I: unescapeName(instance), f: `/${unescapeName(instance)}` }),
    t: '/run',
    S: '/var/lib',
    C: '/var/cache',
    L: '/var/log',
    E: '/etc',
    T: '/tmp',
    V: '/var/tmp',
    h: '/root',
    u: 'root',
    U: '0',
    g: 'root',
    G: '0',
    s: '/bin/sh',
  };
  return known[letter] ?? null;
}

const unescapeName = (name: string): string =>
  name.replaceAll('-', '/').replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** A value with its specifiers filled in, and those that nothing stands for. */
export function fillIn(value: string, unit: UnitName): { readonly value: string; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const filled = value.replaceAll(/%([%A-Za-z])/g, (whole, letter: string) => {
    const known = specifier(letter, unit);
    if (known === null) unknown.push(whole);
    return known ?? whole;
  });
  return { value: filled, unknown };
}
