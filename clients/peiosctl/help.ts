import type { Listed } from './all-commands.ts';
import { allCommands, groups } from './all-commands.ts';
import type { Description } from './description.ts';
import type { ExitName } from './exit-statuses.ts';
import { exitMeanings, exitStatus } from './exit-statuses.ts';
import { unknownCommand, unknownVerb } from './find-command.ts';
import type { Peer } from './options.ts';
import { generalOptions, optionRows, shownOption, usageOf } from './options.ts';
import { wrap } from './paint.ts';
import { usageLines } from './usage-lines.ts';

/** Columns where no terminal says how many. */
const usualWidth = 80;

/** `help [NAME [VERB]]`; throws a UsageError where there is no such command. */
export async function helpPage(name: string | undefined, verb: string | undefined, columns: number | null): Promise<string> {
  const width = Math.max(columns ?? usualWidth, 40);
  const listed = await allCommands();
  if (name === undefined) return helpOfAll(listed, width);
  const asked = listed.filter((one) => one.name === (verb === undefined ? name : `${name} ${verb}`));
  const [only] = asked;
  if (only !== undefined) return helpOf(only, width);
  const group = listed.filter((one) => one.name.startsWith(`${name} `));
  if (group.length > 0 && verb !== undefined)
    throw unknownVerb(
      name,
      verb,
      group.map((one) => one.name.slice(name.length + 1)),
    );
  if (group.length > 0) return helpOfGroup(name, group, width);
  const first = listed.find((one) => one.name === name);
  if (first !== undefined) return helpOf(first, width);
  throw unknownCommand(name, [...new Set(listed.map((one) => one.name.split(' ')[0] ?? ''))]);
}

/** Name beside text, the text wrapped in a column of its own. */
function rows(entries: readonly (readonly [name: string, text: string])[], width: number, column = columnOf(entries)): readonly string[] {
  const names = Math.min(column, 24);
  return entries.flatMap(([name, text]) => {
    const lines = wrap(text, Math.max(width - names - 4, 20));
    const beside = name.length <= names;
    const first = beside ? [`  ${name.padEnd(names)}  ${lines[0] ?? ''}`] : [`  ${name}`, `  ${' '.repeat(names)}  ${lines[0] ?? ''}`];
    return [...first, ...lines.slice(1).map((line) => `  ${' '.repeat(names)}  ${line}`)].map((line) => line.trimEnd());
  });
}

const columnOf = (entries: readonly (readonly [name: string, text: string])[]): number => Math.max(...entries.map(([name]) => name.length));

const paragraph = (text: string, width: number, indent = ''): readonly string[] =>
  wrap(text, width - indent.length).map((line) => `${indent}${line}`);

const plain = (text: string): string => text.replaceAll('`', '');

const optionLines = (names: readonly (keyof typeof optionRows)[], width: number): readonly string[] =>
  rows(
    names.map((name) => {
      const { short, text } = optionRows[name];
      return [short === undefined ? shownOption(name) : `-${short}, ${shownOption(name)}`, text];
    }),
    width,
  );

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

function helpOfAll(listed: readonly Listed[], width: number): string {
  const column = columnOf(listed.map(({ name }) => [name, '']));
  return page([
    'peiosctl talks to peinit and its registry.',
    '',
    'usage: peiosctl COMMAND [ARGUMENT...] [OPTION...]',
    ...groups.flatMap(([group, title]) =>
      section(
        title,
        rows(
          listed.filter((one) => one.group === group).map(({ name, description }) => [name, description.text]),
          width,
          column,
        ),
      ),
    ),
    ...section('Options of all commands', optionLines(generalOptions, width)),
    ...section('Exit status', exitLines(Object.keys(exitStatus) as ExitName[], {}, width)),
    '',
    ...paragraph('peiosctl help COMMAND tells of one, with examples. Words that begin with - and are no options go behind --.', width),
  ]);
}

const helpOfGroup = (name: string, listed: readonly Listed[], width: number): string =>
  page([
    `usage: peiosctl ${name} COMMAND [ARGUMENT...] [OPTION...]`,
    ...section(
      'Commands',
      rows(
        listed.map((one) => [one.name, one.description.text]),
        width,
      ),
    ),
    '',
    ...paragraph(`peiosctl help ${name} COMMAND tells of one, with examples.`, width),
  ]);

function helpOf({ name, description, peer }: Listed, width: number): string {
  const { text, more = [], examples, options = [], alsoTakes = [] } = description;
  return page([
    ...usageLines(usageOf(name, description), width),
    '',
    ...paragraph(plain(text), width),
    ...more.flatMap((each) => ['', ...paragraph(plain(each), width)]),
    ...section('Arguments', argumentLines(description, width)),
    ...section('Options', optionLines([...options, ...alsoTakes, ...(peer === null ? [] : (['json', peer] as const))], width)),
    ...section(
      'Examples',
      examples.flatMap(({ line, text }) => [`  peiosctl ${line}`, ...paragraph(text, width, '      ')]),
    ),
    ...section(
      'Exit status',
      description.ownExits === undefined
        ? exitLines(exitsOf(description, peer), description.exits ?? {}, width)
        : rows(description.ownExits, width),
    ),
  ]);
}

const argumentLines = (description: Description, width: number): readonly string[] =>
  description.arguments.length === 0
    ? []
    : rows(
        description.arguments.map(({ name, text }) => [name, text]),
        width,
      );

/** Those that a command can end with. */
export const exitsOf = (description: Description, peer: Peer): readonly ExitName[] =>
  (Object.keys(exitStatus) as ExitName[]).filter(
    (name) => (name === 'unreachable' ? peer !== null : name !== 'notRunning') || description.exits?.[name] !== undefined,
  );

const exitLines = (names: readonly ExitName[], particular: Partial<Record<ExitName, string>>, width: number): readonly string[] =>
  rows(
    names.map((name) => [`${exitStatus[name]}`, plain(particular[name] ?? exitMeanings[name])]),
    width,
  );

const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
