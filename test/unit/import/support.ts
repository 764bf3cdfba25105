/** Conversions of the fixtures: files that say what published ones say, in words of our own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Conversion, SourceFile } from '../../../clients/peiosctl/import/conversion.ts';
import type { ImportKind } from '../../../clients/peiosctl/import/kind-names.ts';
import { importKinds } from '../../../clients/peiosctl/import/kinds.ts';
import { keysOf } from '../../../clients/peiosctl/import/seed.ts';
import { remarkTable } from '../../../clients/peiosctl/import/table.ts';
import { writeSeed } from '../../../src/seed/write-seed.ts';

export const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

/** Files that are given together. */
export const sets: Readonly<Record<string, { readonly kind: ImportKind; readonly files: readonly string[] }>> = {
  site: {
    kind: 'systemd',
    files: ['web.service', 'cache.service', 'proxy.service', 'proxy.service.d/site.conf', 'worker@mail.service', 'api.socket'],
  },
  database: { kind: 'systemd', files: ['database.service'] },
  backup: { kind: 'systemd', files: ['backup.timer', 'backup.service', 'setup.service'] },
  supervisord: { kind: 'supervisord', files: ['supervisord.conf'] },
  compose: { kind: 'compose', files: ['compose.yaml'] },
  procfile: { kind: 'procfile', files: ['Procfile'] },
};

export const read = (name: string): SourceFile => ({ name, text: readFileSync(`${fixtures}/${name}`, 'utf8') });

export const convert = (kind: ImportKind, files: readonly SourceFile[]): Conversion => importKinds[kind](files);

/** What people get to see, registry file and table. */
export function printed(conversion: Conversion): string {
  return `${writeSeed(keysOf(conversion.services), 'yaml')}---\n${remarkTable(conversion.remarks, null).join('\n')}`;
}
