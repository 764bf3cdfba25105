/** Sockets and their commands, for gen/wire.json. */
import { alternativeAnswer, errorsOf, isEnveloped, subjectMember, waits, wireNameOf } from '../../derive.ts';
import type { MethodModel, PackageModel, SchemaModel, ServiceModel } from '../../model.ts';
import type { WireCommand, WireControl, WireService } from './wire-document.ts';
import { endpointOf, reference } from './wire-messages.ts';

export function serviceFacts(schema: SchemaModel, one: PackageModel, service: ServiceModel): WireService {
  const errors = errorsOf(schema, service);
  return {
    text: service.comment,
    endpoint: service.endpoint === null ? null : endpointOf(one, service.endpoint),
    errors: errors === null ? null : { member: errors.field.member, enum: reference(errors.of) },
    commands: Object.fromEntries(service.methods.map((method) => [wireNameOf(method), commandFacts(service, method)])),
  };
}

function commandFacts(service: ServiceModel, method: MethodModel): WireCommand {
  const other = alternativeAnswer(service, method);
  const { call } = method;
  const pushes = call?.pushes ?? null;
  return {
    text: method.comment,
    request: reference(method.input),
    response: reference(method.output),
    alternative: other === null ? null : { response: reference(other.message), without: other.sign.member },
    streaming: method.streaming,
    enveloped: service.endpoint !== null && isEnveloped(service.endpoint, method),
    parts: call?.parts ?? null,
    pushes: pushes === null ? null : { ...pushes, message: `${method.output.package}.${pushes.message}` },
    control: controlFacts(method),
  };
}

function controlFacts(method: MethodModel): WireControl | null {
  const { command } = method;
  if (command === null) return null;
  return {
    target: command.target,
    subject: subjectMember(method),
    rights: command.rights,
    rightNames: command.rightNames,
    defaultWait: waits(method) ? command.defaultWait : null,
    matrix: command.matrix === null ? null : Object.fromEntries(command.matrix),
    duringShutdown: command.duringShutdown,
    extension: command.extension,
  };
}
