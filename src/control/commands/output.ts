import type { ServiceOutput } from '../../../gen/control/types.ts';
import { foldName } from '../../policy/definition/names.ts';
import type { Handler } from '../context.ts';
import { namedServices } from '../named-services.ts';
import { permitted } from '../permitted.ts';
import { isRefusal } from '../refusal.ts';
import { outputLineOf } from '../status-shape.ts';

/** Characters of a part, about: it ends with the service that makes it as long. */
const partLength = 65_536;
/** What a line has beside its text. */
const lineOverhead = 160;

/** Command output: the latest lines of services, in parts. Nothing is kept for the caller between two of them. O-105. */
export const output: Handler<'output'> = (context, { services: names, lines = Number.MAX_SAFE_INTEGER, after }) => {
  const all = names === undefined ? context.desk.policy.names() : namedServices(context, 'output', names);
  if (isRefusal(all)) return all;
  const behind = after === undefined ? '' : foldName(after);
  const left = all.filter(({ key }) => key > behind);
  const services: ServiceOutput[] = [];
  let length = 0;
  for (const { service } of permitted(context, left)) {
    const { output: held } = context.desk.aside(service, { most: lines, jobs: null });
    if (held.length === 0) continue;
    for (const { text } of held) length += text.length + lineOverhead;
    services.push({ service: service.name, output: held.map(outputLineOf) });
    // Before the next one is looked at: no denial is recorded a second time.
    if (length >= partLength && service !== left.at(-1)) return { services, next: service.name };
  }
  return { services, next: null };
};
