import { describeErrno, errno } from '../kernel/errno.ts';
import type { Files } from '../kernel/kernel.ts';

/** On the root filesystem and not in the registry, which may be why boots fail. BOOT-068. */
export const attemptsPath = '/.peinit/boot-attempts';
/** Where the next content stands until it is whole. */
export const temporaryPath = `${attemptsPath}.new~`;
export const attemptsMode = 0o600;
/** What nobody counts up to was not written by peinit. */
const mostAttempts = 0xffff_ffff;
const mostBytes = 4096;

/** The file of a counter that stands there. */
export const attemptsText = (count: number): string => `${count}\n`;

/** How many boots in a row did not succeed, or what is wrong with the file; none counts as 0. BOOT-069, BOOT-072. */
export function readAttempts(kernel: Pick<Files, 'readFile'>): number | { readonly problem: string } {
  const content = kernel.readFile(attemptsPath, mostBytes + 1);
  if (content === -errno.ENOENT) return 0;
  if (typeof content === 'number') return { problem: `reading ${attemptsPath} failed: ${describeErrno(content)}` };
  const text = new TextDecoder().decode(content);
  const digits = /^(\d+)\s*$/.exec(text)?.[1];
  if (text.trim() === '') return { problem: `${attemptsPath} is empty` };
  if (digits === undefined) return { problem: `${attemptsPath} holds no decimal number` };
  if (content.length > mostBytes || Number(digits) > mostAttempts) return { problem: `${attemptsPath} holds a number that is too large` };
  return Number(digits);
}
