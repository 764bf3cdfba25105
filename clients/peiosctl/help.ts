import type { Command } from './command.ts';
import { commands } from './commands/index.ts';

/** Name and usage beside what each does. */
type Rows = readonly (readonly [usage: string, text: string])[];

const rowsOf = (commands: Readonly<Record<string, Pick<Command, 'usage' | 'text'>>>, group = ''): Rows =>
  Object.entries(commands).map(([name, { usage, text }]) => [`${group}${name} ${usage}`.trim(), text]);

/** The page of a command, when there is one of that name, else of all. */
export async function helpPage(name: string | undefined, verb: string | undefined): Promise<string> {
  const { registryVerbs } = await import('./commands/registry/index.ts');
  const rows = [...rowsOf(commands), ...rowsOf(registryVerbs, 'registry ')];
  const ofCommand = rows.filter(([usage]) => {
    const [first, second] = usage.split(' ');
    return first === name && (name !== 'registry' || verb === undefined || second === verb);
  });
  return ofCommand.length === 0 ? helpOfAll(rows) : helpOf(ofCommand);
}

function table(rows: Rows): string {
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`).join('\n');
}

const helpOfAll = (rows: Rows): string => `peiosctl talks to peinit and its registry.

usage: peiosctl COMMAND [ARGUMENT...] [OPTION...]

${table(rows)}

options
  --json                  print the answer as JSON
  --wait, --no-wait       wait for the end of the operation, or do not
  --socket PATH           control socket (default /run/peinit/control.sock)
  --registry-socket PATH  socket of registryd (default /run/registry/registry.sock)
  --                      what follows is no option: peiosctl registry set KEY Arguments -- -c /etc/web.conf

exit status: 0 done, 1 refused or not successful, 2 wrong call, 3 peinit or registryd cannot be reached,
             4 status of a service that is not up
`;

const whereAllIs = 'peiosctl --help lists all commands and options.';

const helpOf = (rows: Rows): string =>
  `${rows.map(([usage, text]) => `usage: peiosctl ${usage.trim()}\n  ${text}`).join('\n')}\n\n${whereAllIs}\n`;
