import { encodeControlResponse } from '../../gen/control/encode.ts';
import type { CommandName } from '../../gen/control/facts.ts';
import { commandNames, commands } from '../../gen/control/facts.ts';
import type { Requests } from '../../gen/control/requests.ts';
import { requests } from '../../gen/control/requests.ts';
import type { CommandRow } from '../../gen/options/rows.ts';
import type { Target } from '../../gen/options/types.ts';
import { operationTypeNames } from '../../gen/service/types.ts';
import type { JsonObject } from '../json/text.ts';
import { foldName } from '../policy/definition/names.ts';
import { needsDefinition } from '../policy/operation.ts';
import type { Refusal } from '../policy/view.ts';
import { ownerOf } from '../security/owner.ts';
import { encodeRefusal, quoted } from '../wire/refusal.ts';
import { mayKnowFindings } from './access.ts';
import type { Caller } from './caller.ts';

import type { Client } from './client.ts';
import type { Contexts, Desk, HandlerTable } from './context.ts';
import { refuseBroken, refuseDenied } from './denial.ts';
import { isRefusal, refuse } from './refusal.ts';
import { argumentsOf, commandOf } from './requests.ts';
import { ofMachine, queryStatus } from './rights.ts';

/**
 * The way of one request, always in this order: command, arguments, shutdown gate, target, removed definitions, access, handler.
 * What a command does beside a live operation or in a state is the policy's to say. PSD-007 11.1, CTL-009, SHUT-006.
 */
export interface Dispatch {
  /** The answer as text; null: it comes later, or the connection became a stream. */
  request(client: Client, request: JsonObject): string | null;
}

/** Whether it does more than tell: only that is carried out for a client that has left. CTL-018. */
const changes = ({ rights }: CommandRow): boolean => (rights & ~queryStatus) !== 0;

/** Commands that a service whose definition is gone does not take any more. WIRE-016. */
const needDefinition: ReadonlySet<CommandName> = new Set(operationTypeNames.filter((type) => needsDefinition[type]));

const duringShutdown = commandNames.filter((name) => commands[name].duringShutdown).join(', ');

type Context = Contexts[Target];

export function createDispatch(desk: Desk, handlers: HandlerTable): Dispatch {
  const { policy, access, discretion } = desk;

  function request(client: Client, object: JsonObject): string | null {
    const name = commandOf(object);
    if (typeof name !== 'string') return encodeRefusal(name);
    return serve(name, client, object);
  }

  function serve<Name extends CommandName>(name: Name, client: Client, object: JsonObject): string | null {
    const row = commands[name];
    if (!client.isHeard && !changes(row)) return null;
    const args = argumentsOf(name, object);
    if (isRefusal(args)) return encodeRefusal(args);
    if (!row.duringShutdown && policy.machine().shuttingDown) return encodeRefusal(shuttingDown(name));
    const { target, subject }: Requests[Name] = requests[name];
    const context = resolve[target](name, client, subject(args) ?? '');
    if (isRefusal(context)) return encodeRefusal(context);
    const refusal = judge(row, context);
    if (refusal !== null) return encodeRefusal(refusal);
    const answer = handlers[name](context, args);
    if (answer === undefined) return null;
    return isRefusal(answer) ? encodeRefusal(answer) : encodeControlResponse[name](answer);
  }

  /** Why a service may be in the registry all the same. GEN-016, GEN-017. */
  function notTakenOver(caller: Caller): string {
    if (desk.machineInfo().mode === 'recovery') return ' (this is Recovery, in which only registryd is known)';
    if (policy.machine().phase === 'booting')
      return ' (the machine is still booting, and takes changes of the registry over once it has settled)';
    const refusal = desk.refusedChanges();
    if (refusal === null) return '';
    return ` (what stands in the registry now is not in force${mayKnowFindings(access, caller) ? `: ${refusal}` : ''})`;
  }

  const unknown = (asked: string, caller: Caller): Refusal =>
    refuse('UNKNOWN_SERVICE', `no service ${quoted(asked)} is defined${notTakenOver(caller)}`);

  /** What the request is about, by what its command acts on. */
  const resolve: { readonly [T in Target]: (name: CommandName, client: Client, asked: string) => Contexts[T] | Refusal } = {
    system: (_name, client) => ({ desk, client, caller: client.peer, held: access.held(client.peer, null) }),
    service(name, client, asked) {
      const caller = client.peer;
      const service = policy.service(asked);
      if (service === null) return unknown(asked, caller);
      if (service.definitionRemoved && needDefinition.has(name)) {
        // That it still runs is not for everybody.
        if (!discretion.sees(caller, service.key)) return unknown(asked, caller);
        return refuse('UNKNOWN_SERVICE', `the definition of ${service.name} was removed; what runs of it can only be stopped`);
      }
      return { desk, client, caller, service, held: access.held(caller, service.key) };
    },
    operation(_name, client, asked) {
      const operation = policy.operation(asked.toLowerCase());
      if (operation === null) return refuse('UNKNOWN_OPERATION', `operation ${quoted(asked)} is not known`);
      const caller = client.peer;
      return { desk, client, caller, operation, held: access.held(caller, foldName(operation.service)) };
    },
    job(_name, client, asked) {
      const job = policy.job(asked.toLowerCase());
      if (job === null)
        return refuse('UNKNOWN_OPERATION', `no job ${quoted(asked)} is under way`, 'Look at jobs; nothing is kept of one that has ended.');
      const caller = client.peer;
      // Whoever submitted a job may do with it what it likes. O-94.
      const isOwn = job.submitter.owner === ownerOf(caller.token);
      return { desk, client, caller, job, held: isOwn ? ofMachine.all : access.held(caller, null) };
    },
  };

  function judge({ name, rights }: CommandRow, context: Context): Refusal | null {
    const { caller, held } = context;
    if (rights === 0 || (typeof held === 'number' && (held & rights) === rights)) return null;
    const service = 'service' in context ? context.service.name : 'operation' in context ? context.operation.service : null;
    const subject = 'operation' in context ? `the service of operation ${context.operation.id}` : null;
    if (typeof held !== 'number') return refuseBroken(access, service, held, subject);
    const denial = { caller, service, requested: rights, held };
    desk.denied(denial);
    return refuseDenied(name, denial, subject);
  }

  return { request };
}

const shuttingDown = (name: CommandName): Refusal =>
  refuse('INVALID_STATE', `the machine shuts down, ${name} is not possible any more`, `Only ${duringShutdown} are answered now.`);
