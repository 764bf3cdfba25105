import type { Looks } from '../drawing/drawing.ts';

const edge = (color: string, width: number, more = ''): string => `fill:none;stroke:${color};stroke-width:${width}${more}`;

/** How the graph of services looks. */
export const graphLooks: Looks = {
  ground: ['fill:#ffffff', 'fill:#0d1117'],
  title: ['fill:#1f2328;font-weight:bold', 'fill:#f0f6fc;font-weight:bold'],
  name: ['fill:#1f2328', 'fill:#e6edf3'],
  dim: ['fill:#59636e', 'fill:#9198a1'],
  node: ['fill:#ddf4ff;stroke:#54aeff', 'fill:#121d2f;stroke:#1f6feb'],
  idle: ['fill:#f6f8fa;stroke:#d1d9e0', 'fill:#151b23;stroke:#3d444d'],
  critical: ['fill:#ffebe9;stroke:#cf222e;stroke-width:1.6', 'fill:#2a1416;stroke:#f85149;stroke-width:1.6'],
  'edge-requires': [edge('#424a53', 1.2), edge('#b1bac4', 1.2)],
  'edge-binds_to': [edge('#0550ae', 2.4), edge('#58a6ff', 2.4)],
  'edge-wants': [edge('#8c959f', 1.1, ';stroke-dasharray:5 3'), edge('#6e7681', 1.1, ';stroke-dasharray:5 3')],
  'edge-conflicts': [
    edge('#cf222e', 1.4, ';stroke-dasharray:1 4;stroke-linecap:round'),
    edge('#f85149', 1.4, ';stroke-dasharray:1 4;stroke-linecap:round'),
  ],
  'edge-on_failure': [edge('#bc4c00', 1.2, ';stroke-dasharray:8 3 2 3'), edge('#f0883e', 1.2, ';stroke-dasharray:8 3 2 3')],
  head: ['fill:#59636e', 'fill:#9198a1'],
};
