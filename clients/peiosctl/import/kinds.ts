/** The systems that definitions can come from. */
import { convertCompose } from './compose/convert.ts';
import type { Conversion, SourceFile } from './conversion.ts';
import { convertProcfiles } from './procfile.ts';
import { convertPrograms } from './supervisord/convert.ts';
import { convertUnits } from './systemd/convert.ts';

export const importKinds: Readonly<Record<string, (files: readonly SourceFile[]) => Conversion>> = {
  systemd: convertUnits,
  supervisord: convertPrograms,
  compose: convertCompose,
  procfile: convertProcfiles,
};
