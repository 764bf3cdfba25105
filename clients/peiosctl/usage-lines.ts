import { wrap } from './paint.ts';

/** What a command takes, below `usage:`; an option and its value stay together. `width`: null: a line may have any length. */
export function usageLines(usage: string, width: number | null): readonly string[] {
  const indent = 'usage: '.length;
  if (width === null) return [`usage: peiosctl ${usage}`];
  const whole = usage.replaceAll(/\[[^\]]*\]/g, (option) => option.replaceAll(' ', '\u00a0'));
  const lines = wrap(`peiosctl ${whole}`, Math.max(width, 40) - indent).map((line) => line.replaceAll('\u00a0', ' '));
  return lines.map((line, at) => `${(at === 0 ? 'usage: ' : '').padEnd(indent)}${line}`);
}
