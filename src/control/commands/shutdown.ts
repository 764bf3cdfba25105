import type { Handler } from '../context.ts';

/** Command shutdown: ends the machine; answered at once. PSD-007 11.2, CMD-021. */
export const shutdown: Handler<'shutdown'> = ({ desk, caller }, { type }) => {
  desk.shutdown(type, caller);
  return {};
};
