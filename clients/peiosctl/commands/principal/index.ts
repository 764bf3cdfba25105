import type { RegistryVerb } from '../../registry-verb.ts';
import { add } from './add.ts';
import { addGroup } from './add-group.ts';
import { grant, revoke } from './grant.ts';
import { join, leave } from './join.ts';
import { list } from './list.ts';
import { remove } from './remove.ts';
import { show } from './show.ts';

/** The commands of principals, in the order of --help. */
export const principalVerbs: Readonly<Record<string, RegistryVerb>> = {
  list,
  show,
  add,
  'add-group': addGroup,
  remove,
  join,
  leave,
  grant,
  revoke,
};
