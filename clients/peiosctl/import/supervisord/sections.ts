/** A configuration file of supervisord: sections of key = value, with continued lines that begin with a blank. */
import type { Entry, SourceFile } from '../conversion.ts';

export interface Section {
  /** program, group... */
  readonly kind: string;
  /** Behind the colon; empty: there is none. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly entries: readonly Entry[];
}

export function readSections({ name: file, text }: SourceFile): {
  readonly sections: readonly Section[];
  readonly strays: readonly Entry[];
} {
  const sections: { kind: string; name: string; file: string; line: number; entries: Entry[] }[] = [];
  const strays: Entry[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    // A comment begins a line, or follows a blank and a semicolon.
    const content = /^\s*[;#]/.test(raw) ? '' : raw.replace(/\s;.*$/, '').trimEnd();
    if (content.trim() === '') continue;
    const section = sections.at(-1);
    const header = /^\[([^\]:]+)(?::([^\]]*))?\]$/.exec(content);
    const assignment = /^([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(content);
    const last = section?.entries.at(-1);
    if (header !== null) {
      sections.push({ kind: (header[1] ?? '').trim(), name: (header[2] ?? '').trim(), file, line, entries: [] });
    } else if (/^\s/.test(content) && section !== undefined && last !== undefined) {
      section.entries[section.entries.length - 1] = { ...last, value: `${last.value}\n${content.trim()}` };
    } else if (assignment !== null && section !== undefined) {
      section.entries.push({ file, line, word: assignment[1] ?? '', value: assignment[2] ?? '' });
    } else {
      strays.push({ file, line, word: content.trim(), value: '' });
    }
  }
  return { sections, strays };
}

/** `KEY="val",KEY2=val` as KEY=VALUE; null: it cannot be read. */
export function environmentOf(text: string): readonly string[] | null {
  const pairs: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const pair = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^,\s"']*))\s*(?:,\s*|$)/s.exec(rest);
    if (pair === null) return null;
    const [whole, key, double, single, plain] = pair;
    pairs.push(`${key}=${double?.replaceAll(/\\(.)/g, '$1') ?? single ?? plain ?? ''}`);
    rest = rest.slice(whole.length);
  }
  return pairs;
}

/** %(name)s filled in; unknown ones are told. */
export function expand(text: string, names: ReadonlyMap<string, string>): { readonly value: string; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const value = text.replaceAll(/%%|%\(([^)]+)\)(0?\d*)([sd])/g, (whole, name: string | undefined, width: string) => {
    if (name === undefined) return '%';
    const known = names.get(name);
    if (known === undefined) unknown.push(whole);
    return known === undefined ? whole : known.padStart(Number(width) || 0, width.startsWith('0') ? '0' : ' ');
  });
  return { value, unknown };
}
