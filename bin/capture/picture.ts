import type { Run } from './colours.ts';
import { rowsOf } from './colours.ts';
import type { Ran } from './marked.ts';
import { prompt } from './marked.ts';

const columnWidth = 7.83;
const rowHeight = 18;
const margin = 20;
const top = 52;
const colours = { ground: '#1e1e1e', text: '#d4d4d4', dim: '#8a8a8a' };

/** Of a dark terminal, by the number that a program writes. */
const palette: Readonly<Record<number, string>> = {
  30: '#8a8a8a',
  31: '#f48771',
  32: '#89d185',
  33: '#e5c07b',
  34: '#6cb6ff',
  35: '#d99ae8',
  36: '#4ec9d8',
  37: '#d4d4d4',
  90: '#8a8a8a',
  91: '#ff9e8a',
  92: '#b5e8a8',
  93: '#f5dc9a',
  94: '#a5d0ff',
  95: '#efc1f7',
  96: '#9ae6ee',
  97: '#ffffff',
};

/** What the command has drawn itself; null: it wrote text. */
export function drawnIn([first]: readonly Ran[]): string | null {
  return first?.output.startsWith('<svg') === true ? `${first.output.replaceAll('\r', '').trimEnd()}\n` : null;
}

/** A terminal window with commands and what they wrote, as SVG. */
export function pictureOf(title: string, runs: readonly Ran[], columns: number): string {
  const rows = runs.flatMap(({ command, output }, index) => [
    ...(index === 0 ? [] : [[]]),
    [{ text: `${prompt}${command}`, colour: 97, bold: true, dim: false }],
    ...(output === '' ? [] : rowsOf(output, columns)),
  ]);
  const width = Math.ceil(columns * columnWidth) + 2 * margin;
  const height = top + (rows.length - 1) * rowHeight + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" ` +
      'font-size="13">',
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${colours.ground}"/>`,
    ...['#ff5f56', '#ffbd2e', '#27c93f'].map((fill, index) => `<circle cx="${22 + 18 * index}" cy="18" r="5" fill="${fill}"/>`),
    ...rows.flatMap((row, index) => (row.length === 0 ? [] : [textOf(row, top + index * rowHeight)])),
    '</svg>',
    '',
  ].join('\n');
}

const textOf = (row: readonly Run[], y: number): string =>
  `<text x="${margin}" y="${y}" fill="${colours.text}" xml:space="preserve">${row.map(tspan).join('')}</text>`;

function tspan({ text, colour, bold, dim }: Run): string {
  const fill = dim ? colours.dim : colour === null ? null : palette[colour];
  if (fill === null && !bold) return escaped(text);
  return `<tspan${fill === null ? '' : ` fill="${fill}"`}${bold ? ' font-weight="bold"' : ''}>${escaped(text)}</tspan>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
