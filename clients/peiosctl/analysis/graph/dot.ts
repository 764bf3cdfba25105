import type { EdgeKind, ServiceGraph } from './service-graph.ts';

const styles: Readonly<Record<EdgeKind, string>> = {
  requires: '',
  binds_to: 'penwidth=2.5',
  wants: 'style=dashed color="#57606a"',
  conflicts: 'style=dotted color="#cf222e" dir=none constraint=false',
  on_failure: 'style=dashed color="#bc4c00" arrowhead=empty constraint=false',
};

/** For dot(1) of Graphviz: an arrow leads to what is needed. */
export const dotOf = ({ nodes, edges }: ServiceGraph): string =>
  [
    'digraph services {',
    '  rankdir=RL;',
    '  node [shape=box style=rounded fontname="sans-serif" fontsize=11 height=0.3];',
    ...nodes.map(({ name, isCritical, isBoot, isFirst }) => {
      const look = [
        ...(isFirst ? ['xlabel="all others need it"'] : []),
        ...(isCritical ? ['penwidth=2.5'] : []),
        ...(isBoot ? [] : ['color="#8c959f"']),
      ];
      return `  ${quoted(name)}${look.length === 0 ? '' : ` [${look.join(' ')}]`};`;
    }),
    ...edges.map(({ kind, from, to }) => `  ${quoted(from)} -> ${quoted(to)}${styles[kind] === '' ? '' : ` [${styles[kind]}]`};`),
    '}',
  ].join('\n');

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
