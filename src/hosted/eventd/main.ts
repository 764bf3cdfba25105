/** eventd: what services write and what happens, kept on stock Linux for whoever may read it. */
import manifest from '../../../package.json' with { type: 'json' };
import { runProgram } from '../daemon/process.ts';
import { help } from './help.ts';
import { parseOptions } from './options.ts';
import { program } from './program.ts';
import { serve } from './serve.ts';

await runProgram(program, async () => {
  const mode = parseOptions(process.argv.slice(2));
  switch (mode.kind) {
    case 'help':
      process.stdout.write(help);
      return 0;
    case 'version':
      process.stdout.write(`eventd ${manifest.version}\n`);
      return 0;
    case 'serve':
      return serve(mode);
    default:
      return mode satisfies never;
  }
});
