import { encodeControlResponse } from '../../../gen/control/encode.ts';
import { encodeRefusal } from '../../wire/refusal.ts';
import type { Handler } from '../context.ts';

/** Command reload-config: reads all definitions again; answered when they are in force or refused. PSD-007 11.2, CMD-022, GEN-013. */
export const reloadConfig: Handler<'reload-config'> = ({ desk, client }) => {
  desk.reloadConfig((answer) =>
    client.answer(
      answer.kind === 'refused'
        ? encodeRefusal(answer)
        : encodeControlResponse['reload-config']({ summary: answer.summary, warnings: answer.warnings }),
    ),
  );
  return undefined;
};
