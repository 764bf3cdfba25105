import { encodeControlResponse } from '../../../gen/control/encode.ts';
import { encodeRefusal } from '../../wire/refusal.ts';
import type { Handler } from '../context.ts';

/** Command clear-boot-attempts: boots count from 0 again; answered when that is on the disk. O-138. */
export const clearBootAttempts: Handler<'clear-boot-attempts'> = ({ desk, client }) => {
  const { attempt } = desk.machineInfo().attempts;
  desk.clearBootAttempts((problem) =>
    client.answer(
      problem === null
        ? encodeControlResponse['clear-boot-attempts']({ attempt })
        : encodeRefusal({ code: 'INTERNAL_ERROR', message: `boot attempts are not set back: ${problem}` }),
    ),
  );
  return undefined;
};
