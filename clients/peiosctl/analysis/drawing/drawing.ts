import type { Theme } from '../names.ts';

/** A picture as data: what stands where, so that tests can look whether anything lies on anything else; and as SVG. */

export interface Text {
  readonly kind: 'text';
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly look: string;
}

export interface Box {
  readonly kind: 'box';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly look: string;
  readonly radius?: number;
  /** Shown where the pointer rests. */
  readonly title?: string;
}

export interface Line {
  readonly kind: 'line';
  /** The data of a path. */
  readonly path: string;
  readonly look: string;
  readonly arrow?: boolean;
}

export type Shape = Text | Box | Line;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Later ones lie above. */
  readonly shapes: readonly Shape[];
}

/** Letters of the one width that all have, as a share of the size: that of DejaVu Sans Mono, and none of the others is wider. */
const letterWidth = 0.602;
const family = 'DejaVu Sans Mono, Menlo, Consolas, monospace';

export const widthOf = (text: string, size: number): number => Array.from(text).length * size * letterWidth;

/** Without its middle where it is longer. */
export function shortened(text: string, most: number): string {
  const letters = Array.from(text);
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (most - 1 - head)).join('')}`;
}

/** Looks by name, for a light and a dark ground: properties of CSS. */
export type Looks = Readonly<Record<string, readonly [light: string, dark: string]>>;

const round = (value: number): string => String(Math.round(value * 10) / 10);

export function svgOf({ width, height, title, shapes }: Drawing, looks: Looks, theme: Theme): string {
  const rules = (index: 0 | 1): string =>
    Object.entries(looks)
      .map(([name, both]) => `.${name}{${both[index]}}`)
      .join('\n');
  const style = theme === 'auto' ? `${rules(0)}\n@media (prefers-color-scheme: dark) {\n${rules(1)}\n}` : rules(theme === 'light' ? 0 : 1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" ` +
      `height="${round(height)}" font-family="${family}">`,
    `<title>${escaped(title)}</title>`,
    `<style>\n${style}\n</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" ' +
      'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="head" d="M0,0.5L8,4L0,7.5z"/></marker></defs>',
    '<rect class="ground" width="100%" height="100%"/>',
    ...shapes.map(shapeOf),
    '</svg>',
    '',
  ].join('\n');
}

function shapeOf(shape: Shape): string {
  switch (shape.kind) {
    case 'text': {
      const { x, y, size, anchor, look, text } = shape;
      const at = `x="${round(x)}" y="${round(y)}"`;
      return `<text class="${look}" ${at} font-size="${size}" text-anchor="${anchor}">${escaped(text)}</text>`;
    }
    case 'box': {
      const { x, y, width, height, look, radius, title } = shape;
      const corners = radius === undefined ? '' : ` rx="${radius}"`;
      const open = `<rect class="${look}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${corners}`;
      return title === undefined ? `${open}/>` : `${open}><title>${escaped(title)}</title></rect>`;
    }
    case 'line':
      return `<path class="${shape.look}" d="${shape.path}"${shape.arrow === true ? ' marker-end="url(#arrow)"' : ''}/>`;
    default:
      return shape satisfies never;
  }
}

/** XML knows no control characters but three, however they are written. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
