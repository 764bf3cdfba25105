import type { Command } from './command.ts';

/** The page of --help. */
export function helpText(commands: Readonly<Record<string, Command>>, further: readonly (readonly [string, string])[]): string {
  const rows = [...Object.entries(commands).map(([name, { usage, text }]) => [`${name} ${usage}`.trim(), text] as const), ...further];
  const width = Math.max(...rows.map(([usage]) => usage.length));
  const lines = rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`);
  return `peiosctl talks to peinit and its registry.

usage: peiosctl COMMAND [ARGUMENT...] [OPTION...]

${lines.join('\n')}

options
  --json                  print the answer as one JSON object a line
  --wait, --no-wait       wait for the end of the operation, or do not
  --socket PATH           control socket (default /run/peinit/control.sock)
  --registry-socket PATH  socket of registryd (default /run/registry/registry.sock)

exit status: 0 done, 1 refused or not successful, 2 wrong call, 3 peinit or registryd cannot be reached, 4 status of a service that is not up
`;
}
