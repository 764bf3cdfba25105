/** The remarks of a conversion as a table for people. */
import type { Remark, RemarkKind } from './conversion.ts';
import { remarkKinds } from './conversion.ts';

const titles: Readonly<Record<RemarkKind, string>> = {
  lost: 'Not carried over:',
  changed: 'Carried over, with a difference:',
  needless: 'Not needed here:',
};

const longestWord = 44;

/** Grouped by kind, most important first; the same remark on several lines is told once. */
export function remarkTable(remarks: readonly Remark[]): readonly string[] {
  return remarkKinds.flatMap((kind) => {
    const rows = merged(remarks.filter((remark) => remark.kind === kind));
    if (rows.length === 0) return [];
    const width = Math.min(Math.max(...rows.map(({ what }) => what.length)), longestWord);
    const places = Math.max(...rows.map(({ place }) => place.length));
    return [titles[kind], ...rows.map(({ place, what, text }) => `  ${place.padEnd(places)}  ${shortened(what).padEnd(width)}  ${text}`), ''];
  });
}

const shortened = (word: string): string => (word.length > longestWord ? `${word.slice(0, longestWord - 3)}...` : word);

function merged(remarks: readonly Remark[]): readonly { place: string; what: string; text: string }[] {
  const byText = new Map<string, { place: string; words: string[]; text: string }>();
  for (const { file, line, service, word, text } of distinct(remarks)) {
    const key = `${file}\n${service}\n${text}`;
    const earlier = byText.get(key);
    if (earlier === undefined) byText.set(key, { place: `${file.slice(file.lastIndexOf('/') + 1)}:${line}`, words: [word], text });
    else if (!earlier.words.includes(word)) earlier.words.push(word);
  }
  return [...byText.values()].flatMap(({ place, words, text }) => {
    const lines = packed(words);
    return lines.map((what, index) => ({ place: index === 0 ? place : '', what, text: index === 0 ? text : '' }));
  });
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
