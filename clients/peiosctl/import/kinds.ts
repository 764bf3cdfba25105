/** What reads the files of each system. */
import { convertCompose } from './compose/convert.ts';
import type { Conversion, SourceFile } from './conversion.ts';
import type { ImportKind } from './kind-names.ts';
import { convertProcfiles } from './procfile.ts';
import { convertPrograms } from './supervisord/convert.ts';
import { convertUnits } from './systemd/convert.ts';

export const importKinds: Readonly<Record<ImportKind, (files: readonly SourceFile[]) => Conversion>> = {
  systemd: convertUnits,
  supervisord: convertPrograms,
  compose: convertCompose,
  procfile: convertProcfiles,
};
