import type { RegistryVerb } from '../../registry-verb.ts';
import { remove } from './delete.ts';
import { exportKey } from './export.ts';
import { get } from './get.ts';
import { importFiles } from './import.ts';
import { list } from './list.ts';
import { security } from './security.ts';
import { set } from './set.ts';
import { watch } from './watch.ts';

/** The commands of the registry, in the order of --help. Loaded when asked for: reading seeds takes a YAML parser. */
export const registryVerbs: Readonly<Record<string, RegistryVerb>> = {
  list,
  get,
  set,
  delete: remove,
  import: importFiles,
  export: exportKey,
  watch,
  security,
};
