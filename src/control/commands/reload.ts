import type { ReloadMode } from '../../../gen/service/types.ts';
import type { OperationRecord } from '../../policy/operation.ts';
import type { Handler } from '../context.ts';
import { lifecycle, nothingToDo } from '../lifecycle.ts';

/** Command reload: has a service read its configuration again. PSD-007 11.2, CMD-011, CMD-012. */
export const reload: Handler<'reload'> = (context, { wait }) =>
  lifecycle(
    {
      name: 'reload',
      acknowledge: (acknowledgement, ended) => ({ ...acknowledgement, mode: modeOf(ended) }),
      settled: nothingToDo('reload'),
    },
    context,
    wait,
  );

/** Advisory where nothing is known yet. D-57. */
function modeOf(ended: OperationRecord | null): ReloadMode {
  if (ended === null) return 'advisory';
  return ended.reloadMode ?? (ended.state === 'completed' ? 'advisory' : 'failed');
}
