/** What a command string holds that does not do what it does elsewhere. DEF-055, DEF-056, O-24, O-28. */
import type { Problem } from './problem.ts';

const mainPid = /\$(?:MAINPID\b|\{MAINPID\})/;

/** The shell's option for a command line: what follows is read by a shell, which knows variables and quotes. */
const shellOption = /^-[a-z]*c$/;

/** @param words what the text was split into */
export function adviseOnCommand(text: string, words: readonly string[]): readonly Problem[] {
  const problems: Problem[] = [];
  const escaped = columnOf(text, (at) => text.startsWith('\\"', at));
  if (escaped !== null) {
    problems.push({
      what: `has \\" in column ${escaped}`,
      remedy:
        'The backslash stays, and the quote groups words all the same: no argument can hold a double quote, so write a script for it.',
    });
  }
  const single = columnOf(text, (at, quoted) => text[at] === "'" && !quoted && (at === 0 || /[ \t\n\r\f\v]/.test(text[at - 1] ?? '')));
  if (single !== null) {
    problems.push({
      what: `has a word that begins with a single quote in column ${single}`,
      remedy: 'Single quotes are plain characters here: group words with double quotes.',
    });
  }
  const variable = words.findIndex((word) => mainPid.test(word));
  if (variable !== -1 && !words.slice(0, variable).some((word) => shellOption.test(word))) {
    problems.push({
      what: 'holds $MAINPID, which nothing replaces here',
      remedy:
        'For a signal write signal:SIGHUP as ExecReload; else let a shell do it, /bin/sh -c "kill -HUP $MAINPID": ' +
        'MAINPID is in the environment of ExecReload and ExecStartPost.',
    });
  }
  return problems;
}

/** Where it is so first, counted in characters from 1 on. `quoted`: whether that is inside double quotes. */
function columnOf(text: string, isIt: (at: number, quoted: boolean) => boolean): number | null {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (isIt(at, quoted)) return Array.from(text.slice(0, at)).length + 1;
    if (text[at] === '"') quoted = !quoted;
  }
  return null;
}
