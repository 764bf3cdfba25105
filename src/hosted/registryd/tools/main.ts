import manifest from '../../../../package.json' with { type: 'json' };
import { reportFailure } from '../../daemon/process.ts';
import { help } from '../help.ts';
import type { Options } from '../options.ts';
import { program } from '../program.ts';
import { exportStore } from './export.ts';
import { importSeeds } from './import.ts';
import { inspect } from './inspector.ts';
import { clearDatabase, recoverFromBackup } from './recovery.ts';

/** All modes but serving. A bundle of its own, so what it throws is told here: main.ts has other classes of the same names. */

async function run({ store, mode }: Options): Promise<number> {
  switch (mode.kind) {
    case 'import':
      return await importSeeds(store, mode.files, mode.force);
    case 'export':
      return exportStore(store, mode.key, mode.format);
    case 'inspector':
      return inspect(store, mode.key);
    case 'recover-from-backup':
      return recoverFromBackup(store);
    case 'dangerously-clear-database':
      return clearDatabase(store);
    case 'version':
      process.stdout.write(`registryd ${manifest.version}\n`);
      return 0;
    case 'help':
      process.stdout.write(help);
      return 0;
    case 'serve':
      throw new Error('serving is not a tool');
    default: {
      const never: never = mode;
      throw new Error(`unknown mode ${String(never)}`);
    }
  }
}

/** Does one thing; the answer is the exit status. */
export async function runTool(options: Options): Promise<number> {
  try {
    return await run(options);
  } catch (error) {
    return reportFailure(program, error);
  }
}
