/**
 * registryd: the registry of a machine on stock Linux. It is on the way of every boot, so serving loads the store, the socket and
 * the addon and nothing else; all other modes are a program of their own, loaded when one is asked for.
 */

import { runProgram } from '../daemon/process.ts';
import type { Options } from './options.ts';
import { parseOptions } from './options.ts';
import { program } from './program.ts';
import { serve } from './serve.ts';

interface Tools {
  runTool(options: Options): Promise<number>;
}

/** Beside the bundle lies that of the tools. */
const toolsModule = import.meta.filename.endsWith('.ts') ? './tools/main.ts' : './registryd-tools.mjs';

await runProgram(program, async () => {
  const options = parseOptions(process.argv.slice(2));
  if (options.mode.kind === 'serve') return serve(options.store, options.mode.socket);
  return ((await import(toolsModule)) as Tools).runTool(options);
});
