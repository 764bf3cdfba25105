/** The remarks of a conversion as a table for people. */
import { wrap } from '../paint.ts';
import type { Remark, RemarkKind } from './conversion.ts';
import { remarkKinds } from './conversion.ts';

const titles: Readonly<Record<RemarkKind, string>> = {
  lost: 'Not carried over:',
  changed: 'Carried over, with a difference:',
  judged: 'What peinit says of the result:',
  needless: 'Not needed here:',
};

const longestWord = 44;

/** A text is not broken into less than this. */
const least = 30;

/** Grouped by kind, most important first; the same remark on several lines is told once. Texts are broken at the width, if there is one. */
export function remarkTable(remarks: readonly Remark[], columns: number | null): readonly string[] {
  const files = [...new Set(remarks.map(({ file }) => file))];
  const ordered = remarks.toSorted((left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line);
  return remarkKinds.flatMap((kind) => {
    const rows = merged(ordered.filter((remark) => remark.kind === kind));
    if (rows.length === 0) return [];
    const width = Math.min(Math.max(...rows.flatMap(({ words }) => words.map((word) => word.length))), longestWord);
    const places = Math.max(...rows.map(({ place }) => place.length));
    const room = columns === null ? null : Math.max(columns - places - width - 6, least);
    return [titles[kind], ...rows.flatMap((row) => tableRow(row, places, width, room)), ''];
  });
}

function tableRow({ place, words, text }: Row, places: number, width: number, room: number | null): readonly string[] {
  const texts = room === null ? [text] : wrap(text, room);
  return Array.from({ length: Math.max(words.length, texts.length) }, (_, index) =>
    `  ${(index === 0 ? place : '').padEnd(places)}  ${shortened(words[index] ?? '').padEnd(width)}  ${texts[index] ?? ''}`.trimEnd(),
  );
}

const shortened = (word: string): string => (word.length > longestWord ? `${word.slice(0, longestWord - 3)}...` : word);

interface Row {
  readonly place: string;
  /** What it is about, packed into lines. */
  readonly words: readonly string[];
  readonly text: string;
}

function merged(remarks: readonly Remark[]): readonly Row[] {
  const byText = new Map<string, { place: string; words: string[]; text: string }>();
  for (const { file, line, service, word, text } of distinct(remarks)) {
    const key = `${file}\n${service}\n${text}`;
    const earlier = byText.get(key);
    if (earlier === undefined)
      byText.set(key, { place: `${file.slice(file.lastIndexOf('/') + 1)}${line === 0 ? '' : `:${line}`}`, words: [word], text });
    else if (!earlier.words.includes(word)) earlier.words.push(word);
  }
  return [...byText.values()].map((row) => ({ ...row, words: packed(row.words) }));
}

/** A section that stands for several services leaves each remark once. */
const distinct = (remarks: readonly Remark[]): readonly Remark[] => [
  ...new Map(remarks.map((remark) => [`${remark.file}:${remark.line} ${remark.word} ${remark.text}`, remark])).values(),
];

/** Words in lines that are not too long. */
function packed(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}, ${word}`.length <= longestWord) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines;
}
