import { endpoints } from '../../../gen/registry/facts.ts';
import { defaultStore } from './options.ts';

export const help = `registryd: the registry of a machine, kept in SQLite

  registryd [--store DIR] [--socket PATH]    serve (this is what peinit starts)
  registryd [--store DIR] MODE               do one thing and end

Modes:
  --import FILE...                seeds the registry from YAML or JSON, all files or nothing; later files win value by value.
                                  - is standard input; fd:N:NAME reads descriptor N and calls it NAME in messages
                                  What peinit would refuse is refused, and with --force told
  --export [KEY]                  prints a key and all below it as a seed; --format json instead of yaml
  --inspector [KEY]               prints keys, values and their history as they are in the file, without the daemon
  --recover-from-backup           puts the newest sound backup in the place of the store
  --dangerously-clear-database    throws the whole registry away and begins with an empty one; backups stay

Options:
  --store DIR      directory of the store (${defaultStore})
  --socket PATH    socket to serve on (${endpoints.registry.path})
  --help           this
  --version        the version

Ends with 0 when all is well, 1 when the store cannot be used (the message names the remedy), 2 for a wrong command line or an
error in a seed file, named by file, line and key.
`;
