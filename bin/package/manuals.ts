/** The manual pages of what is installed, from what the programs and the schema say of themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCommands } from '../../clients/peiosctl/all-commands.ts';
import { bootPrograms } from '../../clients/peiosctl/manual/exit-table.ts';
import { manual, roff } from '../../clients/peiosctl/manual/manual.ts';
import { parameters } from '../../gen/parameters/facts.ts';
import { help as authdHelp } from '../../src/hosted/authd/help.ts';
import { help as eventdHelp } from '../../src/hosted/eventd/help.ts';
import { help as registrydHelp } from '../../src/hosted/registryd/help.ts';
import { pageOfMarkdown } from './markdown-manual.ts';

export interface ManualPage {
  readonly name: string;
  readonly section: 1 | 5 | 8;
  readonly text: string;
}

const heading = (name: string, section: number, version: string, what: string): readonly string[] => [
  '.\\" Printed by bin/release. Do not edit.',
  `.TH ${name.toUpperCase()} ${section} "" "peinit ${version}" "peinit"`,
  '.SH NAME',
  roff(`${name} - ${what}`),
];

const tagged = (tag: string, text: string): readonly string[] => ['.TP', `.B "${roff(tag).replaceAll('"', '\\(dq')}"`, roff(text)];

const seeAlso = (pages: string): readonly string[] => ['.SH SEE ALSO', roff(pages)];

function peinitPage(version: string): string {
  const rows = Object.values(parameters).flatMap(({ name, placeholder, text, default: value }) =>
    tagged(`${name}=${placeholder}`, value === '' || value === false ? text : `${text} Default ${value}.`),
  );
  return [
    ...heading('peinit', 8, version, 'process 1 of a machine: boots it, supervises its services and ends it'),
    '.SH SYNOPSIS',
    roff('Kernel parameter: init=/usr/bin/peinit [PARAMETER...]'),
    '.SH DESCRIPTION',
    roff('peinit starts registryd, reads from it what services there are, starts them in the order that they need, and restarts them.'),
    roff('Installed it does nothing until the machine is booted with it; /usr/share/doc/peinit/install.md tells how, and how to go back.'),
    '.SH PARAMETERS',
    roff('On a machine of its own they are read from the kernel command line, in a container from the arguments.'),
    ...rows,
    '.SH EXIT STATUS',
    ...bootPrograms.filter(({ program }) => program === 'peinit').flatMap(({ status, meaning }) => tagged(status, meaning)),
    '.SH FILES',
    ...tagged('/var/lib/registryd', 'The registry, with its backups.'),
    ...tagged('/var/lib/eventd', 'Output of services, and events.'),
    ...tagged('/usr/lib/peinit/base.yaml', 'What a registry begins with; registryd --import takes it over.'),
    ...tagged('/usr/share/peinit/seeds', 'Registry files of services that a machine of Debian needs.'),
    ...seeAlso('peiosctl(1), peinit-definition(5), peinit-settings(5), registryd(8), authd(8), eventd(8)'),
    '',
  ].join('\n');
}

/** A daemon's own help, as it stands. */
function daemonPage(name: string, help: string, version: string): string {
  const [first = '', ...rest] = help.trim().split('\n');
  return [
    ...heading(name, 8, version, first.slice(name.length + 2)),
    '.SH DESCRIPTION',
    '.nf',
    ...rest.slice(rest[0] === '' ? 1 : 0).map(roff),
    '.fi',
    ...seeAlso('peinit(8), peiosctl(1)'),
    '',
  ].join('\n');
}

export async function manuals(project: string, version: string): Promise<readonly ManualPage[]> {
  const reference = (name: string): string => readFileSync(join(project, 'docs/reference', `${name}.md`), 'utf8');
  const fromReference = (name: string, page: string, what: string): ManualPage => ({
    name,
    section: 5,
    text: [
      ...heading(name, 5, version, what),
      ...pageOfMarkdown(reference(page)),
      ...seeAlso('peinit(8), peiosctl(1), registryd(8)'),
      '',
    ].join('\n'),
  });
  return [
    { name: 'peiosctl', section: 1, text: manual(await allCommands(), version) },
    { name: 'peinit', section: 8, text: peinitPage(version) },
    { name: 'registryd', section: 8, text: daemonPage('registryd', registrydHelp, version) },
    { name: 'authd', section: 8, text: daemonPage('authd', authdHelp, version) },
    { name: 'eventd', section: 8, text: daemonPage('eventd', eventdHelp, version) },
    fromReference('peinit-definition', 'definition', 'what stands in the registry of a service'),
    fromReference('peinit-settings', 'settings', 'what stands in the registry of the machine itself'),
  ];
}
