/** A server that breaks one rule of the protocol, as a program; `peinit-misbehaving --help` tells how. */
import { parseArgs } from 'node:util';
import { flags } from './flags.ts';
import { misbehave } from './server.ts';

const help = `usage: peinit-misbehaving FLAG --listen PATH --behind PATH
       peinit-misbehaving --list

Stands before a server of the protocol and breaks one rule: for those who test a conformance suite or a client.

  --listen PATH   where clients connect
  --behind PATH   the socket of the server behind
  --list          prints each flag, its socket and the rule that it breaks
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    listen: { type: 'string' },
    behind: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name] = positionals;
const found = flags.find((flag) => flag.name === name);
if (values.help) process.stdout.write(help);
else if (values.list) for (const flag of flags) process.stdout.write(`${flag.name}  ${flag.socket}  ${flag.rule}\n`);
else if (found === undefined || values.listen === undefined || values.behind === undefined) {
  process.stderr.write(name === undefined || found !== undefined ? help : `there is no flag ${name}; --list shows all\n`);
  process.exitCode = 2;
} else await misbehave(found, values.listen, values.behind);
