/** Services: their sockets and commands. */
import type { WireCommand, WireControl, WireLink, WireService } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';
import { compareEndpoints } from './endpoints.ts';

export function compareServices(differences: Differences, where: string, before: WireService, now: WireService): void {
  compareEndpoints(differences, `the socket of ${where}`, before.endpoint, now.endpoint);
  differences.same(where, 'place of error codes', before.errors, now.errors);
  differences.names(
    (command) => `command ${command} of ${where}`,
    before.commands,
    now.commands,
    (command, one, other) => compareCommands(differences, `command ${command} of ${where}`, one, other),
  );
}

export function compareLinks(differences: Differences, where: string, before: WireLink, now: WireLink): void {
  compareEndpoints(differences, `the socket of ${where}`, before.endpoint, now.endpoint);
  for (const fact of ['sent', 'received'] as const) differences.same(where, fact, before[fact], now[fact]);
}

function compareCommands(differences: Differences, where: string, before: WireCommand, now: WireCommand): void {
  for (const fact of ['request', 'response', 'alternative', 'streaming', 'enveloped', 'parts', 'pushes'] as const)
    differences.same(where, fact, before[fact], now[fact]);
  if (before.control === null || now.control === null)
    differences.same(where, 'command of the control socket', before.control, now.control);
  else compareControl(differences, where, before.control, now.control);
}

function compareControl(differences: Differences, where: string, before: WireControl, now: WireControl): void {
  for (const fact of ['target', 'subject', 'rights', 'rightNames'] as const) differences.same(where, fact, before[fact], now[fact]);
  if (before.defaultWait === null && now.defaultWait !== null) differences.added(where, 'has a member wait');
  else differences.same(where, 'value of wait when it is left out', before.defaultWait, now.defaultWait);
  if (before.duringShutdown && !now.duringShutdown) differences.broken(where, 'is not served during a shutdown any more');
  if (!before.duringShutdown && now.duringShutdown) differences.added(where, 'is served during a shutdown');
  if (before.matrix === null || now.matrix === null) return differences.same(where, 'matrix', before.matrix, now.matrix);
  differences.names(
    (state) => `cell ${state} of ${where}`,
    before.matrix,
    now.matrix,
    (state, one, other) => differences.same(`cell ${state} of ${where}`, 'outcome', one, other),
  );
}
