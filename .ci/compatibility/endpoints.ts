/** Sockets: where they are, and how their lines are framed. */
import type { WireEndpoint } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';

export function compareEndpoints(differences: Differences, where: string, before: WireEndpoint | null, now: WireEndpoint | null): void {
  if (before === null || now === null) return differences.same(where, 'endpoint', before, now);
  for (const fact of ['path', 'discriminator', 'correlation', 'outcome', 'ok', 'error', 'failure'] as const)
    differences.same(where, fact, before[fact], now[fact]);
  if (before.maxLine === 0 || now.maxLine === 0) differences.same(where, 'longest line', before.maxLine, now.maxLine);
  else if (now.maxLine < before.maxLine) differences.broken(where, `takes shorter lines: ${now.maxLine}, before ${before.maxLine}`);
  else if (now.maxLine > before.maxLine) differences.added(where, `takes longer lines: ${now.maxLine}, before ${before.maxLine}`);
}
