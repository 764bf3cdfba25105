import type { Looks } from '../drawing/drawing.ts';

const line = (color: string, width: number, more = ''): string => `fill:none;stroke:${color};stroke-width:${width}${more}`;

/** How the boot chart looks. */
export const chartLooks: Looks = {
  ground: ['fill:#ffffff', 'fill:#0d1117'],
  title: ['fill:#1f2328;font-weight:bold', 'fill:#f0f6fc;font-weight:bold'],
  name: ['fill:#1f2328', 'fill:#e6edf3'],
  late: ['fill:#b3400a;font-weight:bold', 'fill:#f0883e;font-weight:bold'],
  bad: ['fill:#cf222e;font-weight:bold', 'fill:#ff7b72;font-weight:bold'],
  dim: ['fill:#59636e', 'fill:#9198a1'],
  grid: [line('#d8dee4', 1), line('#2a313a', 1)],
  mark: [line('#1a7f37', 1.5, ';stroke-dasharray:5 3'), line('#3fb950', 1.5, ';stroke-dasharray:5 3')],
  settled: ['fill:#1a7f37', 'fill:#3fb950'],
  band: ['fill:#f6f8fa', 'fill:#151b23'],
  phase: ['fill:#8c959f', 'fill:#6e7681'],
  waits: ['fill:#c3cad1', 'fill:#3d444d'],
  turn: ['fill:#8c959f', 'fill:#7d8590'],
  hooks: ['fill:#8250df', 'fill:#a371f7'],
  token: ['fill:#d4a72c', 'fill:#d29922'],
  exec: ['fill:#0550ae', 'fill:#1f6feb'],
  readiness: ['fill:#54aeff', 'fill:#79c0ff'],
  post: ['fill:#1b9aa0', 'fill:#39c5cf'],
  up: ['fill:#b4e6bf', 'fill:#1f5c33'],
  again: ['fill:#fb8f44', 'fill:#db6d28'],
  backoff: ['fill:#ffc1bc', 'fill:#6e2320'],
  failed: ['fill:#cf222e', 'fill:#f85149'],
  needs: [line('#8c959f', 1, ';stroke-opacity:.6'), line('#7d8590', 1, ';stroke-opacity:.6')],
  chain: [line('#d1480a', 2), line('#f0883e', 2)],
  head: ['fill:#59636e', 'fill:#9198a1'],
};
