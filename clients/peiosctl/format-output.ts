import type { OutputLine } from '../../gen/control/types.ts';
import { formatTime } from './time.ts';

/**
 * Lines with the time of each, and a heading where another process begins: `ExecStartPre[0]:`, `main process, an earlier run:`. Lines of
 * the main process that runs now need none when they are alone.
 */
export function formatOutput(
  lines: readonly OutputLine[],
  currentJob: string | null,
  now = Date.now(),
  main = 'main process',
): readonly string[] {
  const first = lines[0];
  const needsHeadings = lines.some(({ job }) => job !== first?.job) || (first !== undefined && first.job !== currentJob);
  const last = new Map(lines.map(({ process, job }) => [process, job]));
  return lines.flatMap((line, at) => {
    const { job, process } = line;
    const shown = `${formatTime(line.at, now)}  ${line.text}`;
    if (!needsHeadings || lines[at - 1]?.job === job) return [shown];
    const isEarlier = process === null && currentJob !== null ? job !== currentJob : last.get(process) !== job;
    return [`${process ?? main}${isEarlier ? ', an earlier run' : ''}:`, shown];
  });
}
