import type { Command } from './command.ts';

/** Name and usage beside what each does. */
export type Rows = readonly (readonly [usage: string, text: string])[];

export const rowsOf = (commands: Readonly<Record<string, Command>>): Rows =>
  Object.entries(commands).map(([name, { usage, text }]) => [`${name} ${usage}`.trim(), text]);

function table(rows: Rows): string {
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`).join('\n');
}

/** The page of --help. */
export const helpText = (rows: Rows): string => `peiosctl talks to peinit and its registry.

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

/** The page of COMMAND --help. */
export const commandHelp = (rows: Rows): string =>
  `${rows.map(([usage, text]) => `usage: peiosctl ${usage.trim()}\n  ${text}`).join('\n')}\n\n${whereAllIs}\n`;
