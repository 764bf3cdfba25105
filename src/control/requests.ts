import {
  isExplainRequest,
  isListRequest,
  isMachineStatusRequest,
  isOperationStatusRequest,
  isReloadConfigRequest,
  isReloadRequest,
  isResetRequest,
  isRestartRequest,
  isShutdownRequest,
  isStartRequest,
  isStatusRequest,
  isStopRequest,
  isSubscribeRequest,
  requestMembers,
} from '../../gen/control/check.ts';
import type { CommandName } from '../../gen/control/facts.ts';
import { commandNames, commands, endpoints } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import type { RequestMember } from '../../gen/options/rows.ts';
import type { JsonObject, JsonValue } from '../json/text.ts';
import type { Refusal } from '../policy/view.ts';
import { quoted } from '../wire/refusal.ts';
import { refuse } from './refusal.ts';

/** From a JSON object to the request of a command, or the refusal that names the first member that is wrong. PSD-007 11.1, CTL-019. */
export type Request<Name extends CommandName> = ControlCommands[Name]['request'];

interface Shape<Name extends CommandName> {
  readonly is: (value: unknown) => value is Request<Name>;
  readonly members: readonly RequestMember[];
}

const shapes: { readonly [Name in CommandName]: Shape<Name> } = {
  start: { is: isStartRequest, members: requestMembers.StartRequest },
  stop: { is: isStopRequest, members: requestMembers.StopRequest },
  restart: { is: isRestartRequest, members: requestMembers.RestartRequest },
  reload: { is: isReloadRequest, members: requestMembers.ReloadRequest },
  reset: { is: isResetRequest, members: requestMembers.ResetRequest },
  status: { is: isStatusRequest, members: requestMembers.StatusRequest },
  list: { is: isListRequest, members: requestMembers.ListRequest },
  shutdown: { is: isShutdownRequest, members: requestMembers.ShutdownRequest },
  'reload-config': { is: isReloadConfigRequest, members: requestMembers.ReloadConfigRequest },
  'operation-status': { is: isOperationStatusRequest, members: requestMembers.OperationStatusRequest },
  'machine-status': { is: isMachineStatusRequest, members: requestMembers.MachineStatusRequest },
  subscribe: { is: isSubscribeRequest, members: requestMembers.SubscribeRequest },
  explain: { is: isExplainRequest, members: requestMembers.ExplainRequest },
};

const discriminator = endpoints.control.discriminator;
const known: ReadonlySet<string> = new Set(commandNames);
const isCommandName = (name: string): name is CommandName => known.has(name);

export function commandOf(request: JsonObject): CommandName | Refusal {
  const name = request[discriminator];
  if (typeof name === 'string') return isCommandName(name) ? name : refuse('INVALID_COMMAND', `${quoted(name)} is no command`, listed);
  const problem = name === undefined ? 'is missing' : `must be a string, but is ${inWords(name)}`;
  return refuse('INVALID_COMMAND', `member ${quoted(discriminator)} ${problem}`, listed);
}

const listed = `Commands are ${commandNames.join(', ')}.`;

/** The wait of a command is checked before anything else of it. */
export function argumentsOf<Name extends CommandName>(name: Name, request: JsonObject): Request<Name> | Refusal {
  const { is, members } = shapes[name];
  if (is(request)) return request;
  const wait = commands[name].waits ? members.find((member) => member.name === 'wait' && !member.check(request['wait'])) : undefined;
  const wrong = wait ?? members.find((member) => !member.check(request[member.name]));
  if (wrong === undefined) return refuse('INVALID_ARGUMENTS', `the request is no ${name} request`);
  const value = request[wrong.name];
  const problem = value === undefined ? `is missing; it must be ${wrong.expected}` : `must be ${wrong.expected}, but is ${inWords(value)}`;
  return refuse('INVALID_ARGUMENTS', `member ${quoted(wrong.name)} of ${name} ${problem}`);
}

function inWords(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}
