/** The manual page as roff (man macros), from what the commands say of themselves. */
import type { Listed } from '../all-commands.ts';
import { groups } from '../all-commands.ts';
import type { ExitName } from '../exit-statuses.ts';
import { exitMeanings, exitStatus } from '../exit-statuses.ts';
import { generalOptions, optionRows, shownOption, usageOf } from '../options.ts';

/** A line of text: backslashes and dashes as they are, and nothing at its beginning taken for a request. */
export function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '').replaceAll('…', '...');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

const bold = (text: string): string => `.B "${roff(text).replaceAll('"', '\\(dq')}"`;
const tagged = (tag: string, text: string): readonly string[] => ['.TP', bold(tag), roff(text)];

export function manual(listed: readonly Listed[], version: string): string {
  const lines = [
    '.\\" Printed by bin/build-runtime from clients/peiosctl. Do not edit.',
    `.TH PEIOSCTL 1 "" "peinit ${version}" "peinit"`,
    '.SH NAME',
    roff('peiosctl - talks to peinit and its registry'),
    '.SH SYNOPSIS',
    '.B peiosctl',
    roff('COMMAND [ARGUMENT...] [OPTION...]'),
    '.SH DESCRIPTION',
    roff('peiosctl asks peinit, process 1 of the machine it runs in, for services and for the machine, and its registry for definitions.'),
    roff('Words that begin with - and are no options go behind --.'),
    ...groups.flatMap(([group, title]) => [
      `.SH ${roff(title).toUpperCase()}`,
      ...listed.filter((one) => one.group === group).flatMap(ofCommand),
    ]),
    '.SH OPTIONS',
    ...generalOptions.flatMap((name) => tagged(optionTag(name), optionRows[name].text)),
    '.SH EXIT STATUS',
    ...(Object.keys(exitStatus) as ExitName[]).flatMap((name) => tagged(`${exitStatus[name]}`, exitMeanings[name])),
    '.SH ENVIRONMENT',
    ...tagged(
      'NO_COLOR',
      'When it is set and not empty there are no colours; neither are there when TERM is dumb or output is no terminal.',
    ),
    ...tagged('COLUMNS', 'How wide lines may be.'),
    '.SH FILES',
    ...tagged('/run/peinit/control.sock', 'The control socket.'),
    ...tagged('/run/registry/registry.sock', 'The socket of registryd.'),
  ];
  return `${lines.join('\n')}\n`;
}

const optionTag = (name: keyof typeof optionRows): string => {
  const { short } = optionRows[name];
  return short === undefined ? shownOption(name) : `-${short}, ${shownOption(name)}`;
};

function ofCommand({ name, description }: Listed): readonly string[] {
  const { text, more = [], arguments: taken, options = [], alsoTakes = [], examples, exits = {} } = description;
  return [
    '.TP',
    bold(usageOf(name, description)),
    roff(text),
    ...more.flatMap((each) => ['.IP', roff(each)]),
    '.RS',
    ...taken.flatMap((argument) => tagged(argument.name, argument.text)),
    ...[...options, ...alsoTakes].flatMap((option) => tagged(optionTag(option), optionRows[option].text)),
    ...examples.flatMap(({ line, text: told }) => tagged(`peiosctl ${line}`, told)),
    ...(description.ownExits ?? []).flatMap(([exit, told]) => tagged(`Exit status ${exit}`, told)),
    ...Object.entries(exits).flatMap(([exit, told]) => tagged(`Exit status ${exitStatus[exit as ExitName]}`, told)),
    '.RE',
  ];
}
