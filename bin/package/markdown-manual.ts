/** The printed pages of docs/reference as roff: headings, paragraphs, and tables whose rows become paragraphs with a tag. */
import { roff } from '../../clients/peiosctl/manual/manual.ts';

/** Links are what they are called; the page that they lead to is another one, or this. */
const plain = (text: string): string =>
  text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('**', '')
    .replaceAll('\\|', '|')
    .trim();

const cells = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(plain);

/** The first cell is the tag; of the others, the meaning stands by itself and comes first. */
function row(columns: readonly string[], line: string): readonly string[] {
  const values = cells(line);
  const rest = columns.slice(1).flatMap((column, index) => {
    const value = values[index + 1] ?? '';
    return value === '' ? [] : [{ column, value }];
  });
  const meaning = rest.find(({ column }) => column === 'Meaning');
  const others = rest.filter((each) => each !== meaning).map(({ column, value }) => `${column}: ${value}.`);
  return [
    '.TP',
    `.B "${roff(values[0] ?? '').replaceAll('"', '\\(dq')}"`,
    ...[meaning?.value ?? '', ...others].filter((each) => each !== '').map(roff),
  ];
}

export function pageOfMarkdown(text: string): readonly string[] {
  const printed: string[] = [];
  let columns: readonly string[] | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) columns = null;
    if (line.startsWith('# ')) printed.push('.SH DESCRIPTION');
    else if (line.startsWith('## ')) printed.push(`.SH "${roff(plain(line.slice(3)))}"`);
    else if (line.startsWith('| ---')) continue;
    else if (line.startsWith('|')) {
      if (columns === null) columns = cells(line);
      else printed.push(...row(columns, line));
    } else if (line !== '' && !line.startsWith('<!--')) {
      // A heading begins a paragraph by itself.
      if (printed.at(-1)?.startsWith('.SH') === false) printed.push('.PP');
      printed.push(roff(plain(line)));
    }
  }
  return printed;
}
