/** How many columns text takes in a terminal: CJK and emoji two, marks that join what is before them none. */

const plain = /^[\x20-\x7e]*$/;
const none = /[\p{Mn}\p{Me}\p{Cf}]/u;
const halfWide = /[\uff61-\uffdc\uffe8-\uffee]/;
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

const widthOf = (character: string): number => (none.test(character) ? 0 : wide.test(character) && !halfWide.test(character) ? 2 : 1);

export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - textWidth(text)));

/** The beginning of a text that is too long, with a mark. */
export function shortened(text: string, width: number): string {
  // What is far too long is not measured to its end.
  if (text.length <= width * 2 && textWidth(text) <= width) return text;
  let taken = '';
  let left = width - 1;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) return `${taken}…`;
    taken += character;
  }
  return taken;
}

/** A text in pieces of at most that many columns, broken at blanks where one is near, which go; tabs are blanks then. */
export function pieces(text: string, width: number): readonly string[] {
  const flat = text.includes('\t') ? withoutTabs(text) : text;
  if (flat.length <= width && textWidth(flat) <= width) return [flat];
  const found: string[] = [];
  let [piece, taken, blank] = ['', 0, 0];
  for (const character of flat) {
    const more = widthOf(character);
    if (taken + more > width) {
      const isBetween = character === ' ';
      const isNear = !isBetween && blank > piece.length / 2;
      found.push(isNear ? piece.slice(0, blank) : piece);
      piece = isNear ? piece.slice(blank + 1) : '';
      taken = textWidth(piece);
      blank = 0;
      if (isBetween) continue;
    }
    if (character === ' ') blank = piece.length;
    piece += character;
    taken += more;
  }
  return [...found, piece];
}

const tabStop = 8;

function withoutTabs(text: string): string {
  let [flat, column] = ['', 0];
  for (const part of text.split(/(\t)/)) {
    const shown = part === '\t' ? ' '.repeat(tabStop - (column % tabStop)) : part;
    flat += shown;
    column += textWidth(shown);
  }
  return flat;
}
