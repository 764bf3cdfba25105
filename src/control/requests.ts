import type { CommandName } from '../../gen/control/facts.ts';
import { commandNames, commands, endpoints } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import { requestChecks, requests } from '../../gen/control/requests.ts';
import type { JsonObject, JsonValue } from '../json/text.ts';
import type { Refusal } from '../policy/view.ts';
import { quoted } from '../wire/refusal.ts';
import { refuse } from './refusal.ts';

/** From a JSON object to the request of a command, or the refusal that names the first member that is wrong. PSD-007 11.1, CTL-019. */
export type Request<Name extends CommandName> = ControlCommands[Name]['request'];

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
  const is = requestChecks[name];
  if (is(request)) return request;
  const { members } = requests[name];
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
