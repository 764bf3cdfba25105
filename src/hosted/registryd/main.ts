/**
 * registryd: the registry of a machine on stock Linux. It is on the way of every boot, so serving loads the store, the socket and
 * the addon and nothing else; all other modes are a program of their own, loaded when one is asked for.
 */

import type { Options } from './options.ts';
import { parseOptions } from './options.ts';
import { reportFailure } from './report.ts';
import { serve } from './serve.ts';

interface Tools {
  runTool(options: Options): Promise<number>;
}

/** Beside the bundle lies that of the tools. */
const toolsModule = import.meta.filename.endsWith('.ts') ? './tools/main.ts' : './registryd-tools.mjs';

// Nothing that registryd writes is for others to read; the socket's directory and mode are set on their own.
process.umask(0o077);
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.mode.kind === 'serve') process.exitCode = await serve(options.store, options.mode.socket);
  else process.exitCode = await ((await import(toolsModule)) as Tools).runTool(options);
} catch (error) {
  process.exitCode = reportFailure(error);
}
