import type { Shape } from '../drawing/drawing.ts';
import { widthOf } from '../drawing/drawing.ts';

const size = 11;
const rowHeight = 18;
const swatch = 14;

const entries: readonly (readonly [look: string, text: string, form: 'box' | 'thin' | 'line'])[] = [
  ['waits', 'waits for others', 'thin'],
  ['turn', 'waits for its turn', 'box'],
  ['hooks', 'ExecStartPre', 'box'],
  ['token', 'token', 'box'],
  ['exec', 'exec', 'box'],
  ['readiness', 'not ready yet', 'box'],
  ['post', 'ExecStartPost', 'box'],
  ['up', 'up', 'box'],
  ['again', 'starting again', 'box'],
  ['backoff', 'restart delay', 'box'],
  ['failed', 'failed', 'thin'],
  ['needs', 'waited for last', 'line'],
  ['chain', 'the boot waited for', 'line'],
  ['mark', 'settled', 'line'],
];

/** What the looks mean, in as many rows as the width needs; of bars only those that there are. */
export function legendOf(
  left: number,
  top: number,
  right: number,
  used: readonly string[],
): { readonly shapes: readonly Shape[]; readonly bottom: number } {
  const there = new Set(used);
  const shapes: Shape[] = [];
  let [x, y] = [left, top];
  for (const [look, text, form] of entries) {
    if (form !== 'line' && !there.has(look)) continue;
    const length = swatch + 6 + widthOf(text, size) + 18;
    if (x + length > right && x > left) [x, y] = [left, y + rowHeight];
    const middle = y + rowHeight / 2;
    if (form === 'line') shapes.push({ kind: 'line', path: `M${Math.round(x)},${middle}h${swatch}`, look });
    else {
      const height = form === 'thin' ? 3 : 11;
      shapes.push({ kind: 'box', x, y: middle - height / 2, width: swatch, height, look });
    }
    shapes.push({ kind: 'text', x: x + swatch + 6, y: middle + 4, text, size, anchor: 'start', look: 'dim' });
    x += length;
  }
  return { shapes, bottom: y + rowHeight };
}
