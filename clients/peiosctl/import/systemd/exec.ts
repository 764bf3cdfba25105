// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a variable of units
/** The Exec lines of [Service]. */

import { setStopSignal, signalNamed, tellIfSearched } from '../advice.ts';
import type { Program } from '../commands.ts';
import { hookOf, programOf, shellHook, shellQuote } from '../commands.ts';
import type { Draft } from '../conversion.ts';
import { isSystem } from '../identity.ts';
import type { UnitCommand } from './command-line.ts';
import { unitCommands } from './command-line.ts';
import { noteHook } from './identity.ts';
import type { UnitEntry } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

/** Reads the commands of a line, tells of prefixes that have no counterpart. An empty line clears what came before it; see convert.ts. */
function commandsOf(draft: Draft, entry: UnitEntry): readonly UnitCommand[] {
  if (entry.value === '') {
    draft.noted();
    return [];
  }
  const commands = unitCommands(entry.value);
  if (commands === null || commands.some(({ words }) => words.length === 0)) {
    draft.lost(entry, 'this is no command line: a quote is not closed, or the program is missing');
    return [];
  }
  for (const { prefixes } of commands) {
    if (prefixes.has('@')) draft.changed(entry, 'the program is called by its own name, argv[0] cannot be chosen');
  }
  return commands;
}

const isAsRoot = (prefixes: ReadonlySet<string>): boolean => prefixes.has('+') || prefixes.has('!');

const asIdentity = 'it runs as the Identity of the service';

/** A hook whose failure is ignored runs behind a shell that says that all is well. */
function hookText(program: Program, mayFail: boolean): string {
  if (!mayFail) return hookOf(program);
  return shellHook(`${scriptOf(program)} || :`);
}

const hook =
  (member: 'execStartPre' | 'execStartPost'): Handler =>
  (draft, entry) => {
    for (const { prefixes, words } of commandsOf(draft, entry)) {
      // ExecStartPost may fail by itself.
      draft.append(member, hookText(programOf(words), prefixes.has('-') && member === 'execStartPre'));
      noteHook(draft, entry, isAsRoot(prefixes));
    }
  };

/** What came before it was only one step of several. */
function main(draft: Draft, entry: UnitEntry): void {
  for (const { prefixes, words } of commandsOf(draft, entry)) {
    const { imagePath, arguments: before = [] } = draft.fields;
    if (imagePath !== undefined) {
      draft.append('execStartPre', hookOf({ imagePath, arguments: before }));
      draft.changed(entry, 'of several ExecStart the last one is the main process, those before it are ExecStartPre');
    }
    const program = programOf(words);
    draft.set('imagePath', program.imagePath);
    draft.set('arguments', program.arguments);
    tellIfSearched(draft, entry, words[0]);
    if (isAsRoot(prefixes) && !isSystem(draft)) draft.lost(entry, asIdentity);
    if (prefixes.has('-')) draft.lost(entry, 'a bad end of the main process is a failure; SuccessExitCodes names exit codes that are none');
  }
}

/** kill -HUP $MAINPID in its usual forms. */
function signalOf(words: readonly string[]): string | null {
  const [program = '', ...rest] = words;
  if (!/^(?:\/usr)?\/bin\/kill$|^kill$/.test(program) || !['$MAINPID', '${MAINPID}'].includes(rest.at(-1) ?? '')) return null;
  const options = rest.slice(0, -1);
  const [first = '', second] = options;
  const name = first === '-s' || first === '-n' ? second : /^-(?:-signal=)?(.+)$/.exec(first)?.[1];
  if (options.length === 0) return 'SIGTERM';
  if (name === undefined || options.length > (first === '-s' ? 2 : 1)) return null;
  return signalNamed(name);
}

/** What a service is told to read its configuration again; several commands become one, by a shell. */
const reloads = new WeakMap<Draft, string[]>();

function reload(draft: Draft, entry: UnitEntry): void {
  for (const { prefixes, words } of commandsOf(draft, entry)) {
    if (isAsRoot(prefixes) && !isSystem(draft)) draft.lost(entry, asIdentity);
    const signal = signalOf(words);
    const program = programOf(words);
    const before = reloads.get(draft) ?? [];
    reloads.set(draft, [...before, signal === null ? scriptOf(program) : `kill -s ${signal.slice('SIG'.length)} $MAINPID`]);
    if (before.length === 0) draft.set('execReload', signal === null ? hookOf(program) : `signal:${signal}`);
    else draft.set('execReload', shellHook((reloads.get(draft) ?? []).join(' && ')));
  }
}

const scriptOf = ({ imagePath, arguments: words }: Program): string =>
  imagePath === '/bin/sh' && words[0] === '-c' ? `( ${words[1]} )` : [imagePath, ...words].map(shellQuote).join(' ');

function stop(draft: Draft, entry: UnitEntry): void {
  for (const { words } of commandsOf(draft, entry)) {
    const signal = signalOf(words);
    if (signal === null)
      draft.lost(entry, 'a stop is StopSignal and nothing else: find the signal by which the program ends in order (INT, QUIT, TERM)');
    else setStopSignal(draft, entry, signal);
  }
}

export const execHandlers: Readonly<Record<string, Handler>> = {
  ExecStart: main,
  ExecStartPre: hook('execStartPre'),
  ExecStartPost: hook('execStartPost'),
  ExecReload: reload,
  ExecStop: stop,
};
