/**
 * registryd: the registry of a machine on stock Linux. Serving loads nothing but the store, the socket and the addon; every
 * other mode is loaded when it is asked for.
 */
import { RegistryFailure } from './failure.ts';
import type { Options } from './options.ts';
import { help, parseOptions, UsageError } from './options.ts';
import { serve } from './serve.ts';
import { StoreProblem } from './store/store-problem.ts';

async function run({ store, mode }: Options): Promise<number> {
  switch (mode.kind) {
    case 'serve':
      return await serve(store, mode.socket);
    case 'import':
      return (await import('./tools/import.ts')).importSeeds(store, mode.files);
    case 'export':
      return (await import('./tools/export.ts')).exportStore(store, mode.key, mode.format);
    case 'inspector':
      return (await import('./tools/inspector.ts')).inspect(store, mode.key);
    case 'recover-from-backup':
      return (await import('./tools/recovery.ts')).recoverFromBackup(store);
    case 'dangerously-clear-database':
      return (await import('./tools/recovery.ts')).clearDatabase(store);
    case 'help':
      process.stdout.write(help);
      return 0;
    default: {
      const never: never = mode;
      throw new Error(`unknown mode ${String(never)}`);
    }
  }
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`registryd: ${error.message}; see registryd --help`);
    return 2;
  }
  if (error instanceof StoreProblem) {
    console.error(`registryd: ${error.message}\nregistryd: what to do: ${error.remedy}`);
    return 1;
  }
  if (error instanceof RegistryFailure) {
    console.error(`registryd: ${error.message}`);
    return 1;
  }
  console.error(`registryd: ${error instanceof Error ? error.stack : String(error)}`);
  return 1;
}

// Nothing that registryd writes is for others to read; the socket's directory and mode are set on their own.
process.umask(0o077);
try {
  process.exitCode = await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  process.exitCode = report(error);
}
