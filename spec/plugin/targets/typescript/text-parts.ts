/** Text that is put together at run time: pieces that are known now, and expressions that give the others. */
import { literal } from './literals.ts';

export type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'code'; readonly code: string };

export const text = (known: string): Part => ({ kind: 'text', text: known });
/** An expression that gives a string and may stand between plus signs. */
export const code = (expression: string): Part => ({ kind: 'code', code: expression });

/** One expression; neighbouring texts become one literal. */
export function joined(parts: readonly Part[]): string {
  const melted: Part[] = [];
  for (const part of parts) {
    const last = melted.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') melted[melted.length - 1] = text(last.text + part.text);
    else melted.push(part);
  }
  return melted.map((part) => (part.kind === 'text' ? literal(part.text) : part.code)).join(' + ');
}
