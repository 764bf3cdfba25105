import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import type { Remark } from '../import/conversion.ts';
import type { Converted } from '../import/convert-files.ts';
import { importKindNames } from '../import/kind-names.ts';
import type { ImportedKey } from '../import/seed.ts';
import { UsageError } from '../usage-error.ts';

export const importForeign: Command = {
  group: 'other',
  peer: 'registry-socket',
  text: 'Turns definitions of other service managers into registry files.',
  more: [
    'Prints a registry file with all services that the files define; standard error gets a table of what does not come along as it is, ' +
      'with what to do instead.',
    'Units of systemd that belong together (a timer and its service, drop-ins in NAME.service.d) are given together. ' +
      'An instance is given by its name, worker@mail.service, and read from its template.',
  ],
  arguments: [{ name: 'FILE', is: { kind: 'file' }, text: 'files of the other system', count: 'several' }],
  needs: ['from'],
  options: ['from', 'apply', 'force'],
  examples: [
    { line: 'import --from systemd /etc/systemd/system/web.service > web.yaml', text: 'a registry file, to be looked at and changed' },
    { line: 'import --from supervisord supervisord.conf --apply', text: 'defines all its programs in the running machine' },
    { line: 'import --from compose compose.yaml --json', text: 'keys and remarks for a program' },
  ],
  exits: { failed: 'no service came out of the files, or the registry refused them' },
  async run(context) {
    const { from, apply } = context.options.values;
    if (from === undefined) throw new UsageError(`--from is missing; it is one of ${importKindNames.join(', ')}`);
    const converted = await convert(context, from);
    if (converted === null) return exitStatus.usage;
    const { keys, remarks } = converted;
    if (keys.length > 0 && apply !== true) await show(context, keys, remarks);
    const { remarkTable } = await import('../import/table.ts');
    for (const line of remarkTable(remarks, process.stderr.columns ?? null)) process.stderr.write(`${line}\n`);
    if (keys.length === 0) {
      context.complain('no service came out of the files; nothing was imported');
      return exitStatus.failed;
    }
    return apply === true ? takeOver(context, from, keys) : exitStatus.done;
  },
};

/** Null: a file could not be read, which was told. */
async function convert(context: Context, from: string): Promise<Converted | null> {
  const { convertFiles } = await import('../import/convert-files.ts');
  const { SeedError } = await import('../../../src/seed/seed-error.ts');
  try {
    return convertFiles(from, context.arguments);
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    for (const line of error.message.split('\n')) context.complain(line);
    return null;
  }
}

async function show(context: Context, keys: readonly ImportedKey[], remarks: readonly Remark[]): Promise<void> {
  if (context.options.json) return context.print(JSON.stringify({ keys, remarks }));
  const { writeSeed } = await import('../../../src/seed/write-seed.ts');
  process.stdout.write(writeSeed(keys, 'yaml'));
}

async function takeOver(context: Context, from: string, keys: readonly ImportedKey[]): Promise<number> {
  const { importSources } = await import('./registry/import.ts');
  const { openRegistry } = await import('../open-registry.ts');
  const { writeSeed } = await import('../../../src/seed/write-seed.ts');
  const registry = await openRegistry(context);
  try {
    const read = (name: string) => ({ name, text: writeSeed(keys, 'yaml') });
    return await importSources(registry, context, { named: [`what came out of ${from}`], read, warned: true });
  } finally {
    registry.disconnect();
  }
}
