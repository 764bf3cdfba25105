/** What a terminal makes of text: runs of one colour. Nothing else steers it in what is captured. */

export interface Run {
  readonly text: string;
  /** By its number, 31 for red; null: the usual one. */
  readonly colour: number | null;
  readonly bold: boolean;
  readonly dim: boolean;
}

const usual = { colour: null, bold: false, dim: false };

/** Rows of runs; a row that is longer than the terminal goes on in the next. */
export function rowsOf(text: string, columns: number): readonly (readonly Run[])[] {
  let look: Omit<Run, 'text'> = usual;
  return text.split('\n').flatMap((line) => {
    const rows: Run[][] = [[]];
    let column = 0;
    for (const [, codes, plain = ''] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+|\u001b)/g)) {
      if (plain === '\u001b') throw new Error(`more than colours in: ${JSON.stringify(line)}`);
      if (codes !== undefined) for (const code of codes.split(';')) look = after(look, Number(code));
      for (let rest = [...plain]; rest.length > 0; ) {
        if (column === columns) {
          rows.push([]);
          column = 0;
        }
        const taken = rest.slice(0, columns - column);
        rest = rest.slice(taken.length);
        column += taken.length;
        rows.at(-1)?.push({ ...look, text: taken.join('') });
      }
    }
    return rows;
  });
}

function after(look: Omit<Run, 'text'>, code: number): Omit<Run, 'text'> {
  if (code === 0) return usual;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 39) return { ...look, colour: null };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...look, colour: code };
  throw new Error(`a picture has no colour ${code}`);
}

export const withoutColours = (text: string): string => text.replace(/\u001b\[[\d;]*m/g, '');
