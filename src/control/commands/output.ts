import type { ServiceOutput } from '../../../gen/control/types.ts';
import { foldName } from '../../policy/definition/names.ts';
import type { Refusal, ServiceName } from '../../policy/view.ts';
import { quoted } from '../../wire/refusal.ts';
import type { Handler, MachineContext } from '../context.ts';
import { refuseBroken, refuseDenied } from '../denial.ts';
import { permitted } from '../permitted.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { queryStatus } from '../rights.ts';
import { outputLineOf } from '../status-shape.ts';

/** Characters of a part, about: it ends with the service that makes it as long. */
const partLength = 65_536;
/** What a line has beside its text. */
const lineOverhead = 160;

/** Command output: the latest lines of services, in parts. Nothing is kept for the caller between two of them. O-105. */
export const output: Handler<'output'> = (context, { services: names, lines = Number.MAX_SAFE_INTEGER, after }) => {
  const all = names === undefined ? context.desk.policy.names() : named(context, names);
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

/** Those of these names, each once and in order. All of them must be there, and the caller must have the right on each. */
function named({ desk, caller }: MachineContext, names: readonly string[]): readonly ServiceName[] | Refusal {
  const found = new Map<string, ServiceName>();
  for (const name of names) {
    const service = desk.policy.service(name);
    if (service === null) return refuse('UNKNOWN_SERVICE', `no service ${quoted(name)} is defined`);
    const held = desk.access.held(caller, service.key);
    if (typeof held !== 'number') return refuseBroken(desk.access, service.name, held);
    if ((held & queryStatus) === 0) {
      const denial = { caller, service: service.name, requested: queryStatus, held };
      desk.denied(denial);
      return refuseDenied('output', denial);
    }
    found.set(service.key, service);
  }
  return [...found.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}
