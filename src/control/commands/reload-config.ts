import { encodeControlResponse } from '../../../gen/control/encode.ts';
import { encodeRefusal } from '../../wire/refusal.ts';
import type { Handler } from '../context.ts';

/** Command reload-config: reads all definitions again; answered when they are in force or refused. PSD-007 11.2, CMD-022, GEN-013. */
export const reloadConfig: Handler<'reload-config'> = ({ desk, client, caller }) => {
  // What becomes of a definition that is removed, or comes back, tells whether its service runs.
  const seen = (names: readonly string[]): readonly string[] => desk.discretion.seen(caller, names);
  desk.reloadConfig((answer) => {
    if (answer.kind === 'refused') return client.answer(encodeRefusal(answer));
    const { summary, warnings } = answer;
    const { restored, marked_removed, discarded } = summary;
    const told = { ...summary, restored: seen(restored), marked_removed: seen(marked_removed), discarded: seen(discarded) };
    client.answer(encodeControlResponse['reload-config']({ summary: told, warnings }));
  });
  return undefined;
};
