/** Services and their methods: an endpoint, a command or call for each, whole matrices, names that do not clash. */
import {
  failureOf,
  isEnveloped,
  partsOf,
  presenceOf,
  protocolOf,
  pushesOf,
  reachable,
  subjectMember,
  subjectOf,
  waits,
  wireNameOf,
} from '../derive.ts';
import type { LinkModel, MethodModel, SchemaModel, ServiceModel } from '../model.ts';
import type { Report } from '../problems.ts';
import { reportClashes } from '../problems.ts';

export function checkServices(schema: SchemaModel, report: Report): void {
  const nested = new Set(
    schema.packages.flatMap((one) => one.messages.flatMap((message) => [...reachable([message])].filter((inner) => inner !== message))),
  );
  for (const link of schema.packages.flatMap((one) => one.links)) checkLink(link, report);
  checkProtocol(schema, report);
  for (const service of schema.packages.flatMap((one) => one.services)) {
    // Where there is one method, a request need not name it.
    const isNamed = service.endpoint?.discriminator !== '' || service.methods.length === 1;
    if (service.endpoint === null || service.endpoint.path === '' || !isNamed) {
      report(service.source, `service ${service.name} has no endpoint; set the option endpoint with path and discriminator.`);
    }
    checkOutcome(service, report);
    checkFailure(schema, service, report);
    for (const method of service.methods) {
      checkFollowing(schema, service, method, report);
      checkMethod(service, method, report);
      checkEnvelope(service, method, report);
      if (service.endpoint?.outcome !== '' && nested.has(method.output) && !method.streaming) {
        report(
          method.output.source,
          `message ${method.output.name} is an answer and also nested in another message; ` +
            `use two messages, since an answer begins with ${service.endpoint?.outcome}.`,
        );
      }
    }
    reportClashes(
      service.methods,
      (method) => wireNameOf(method) || null,
      (method, first) =>
        report(
          method.optionSource,
          `method ${service.name}.${method.name} is called ${wireNameOf(method)} on the wire, like ${first.name}; rename one of them.`,
        ),
    );
  }
}

/** There is one version for everything, so that a client has one thing to compare. */
function checkProtocol(schema: SchemaModel, report: Report): void {
  const first = protocolOf(schema);
  const endpoints = schema.packages.flatMap(({ services, links, messages }) => [
    ...services,
    ...links,
    ...messages.map(({ name, source, datagram }) => ({ name, source, endpoint: datagram })),
  ]);
  for (const { name, source, endpoint } of endpoints) {
    const version = endpoint?.protocol ?? null;
    if (version === null) continue;
    if (version !== first?.version)
      report(
        source,
        `the endpoint of ${name} states a version of the protocol; one service does that, and ${first?.service.name ?? 'no link'} does.`,
      );
    else if (version.major === 0) report(source, `the protocol of ${name} has the major version 0; begin with 1.`);
  }
}

function checkLink({ name, source, endpoint }: LinkModel, report: Report): void {
  if (endpoint === null || endpoint.path === '' || endpoint.maxLine === 0)
    report(source, `link ${name} has no endpoint; set the option endpoint with path and max_line.`);
  else if (endpoint.discriminator !== '' || endpoint.correlation !== '' || endpoint.outcome !== '')
    report(source, `link ${name} has no requests and answers; remove discriminator, correlation and outcome, and send a union.`);
}

function checkMethod(service: ServiceModel, method: MethodModel, report: Report): void {
  const name = `method ${service.name}.${method.name}`;
  if (method.clientStreaming) report(method.source, `${name} streams requests, which no socket does; remove stream.`);
  if (method.command === null && method.call === null) {
    report(method.source, `${name} has no command; set the option command, or call on a wire other than the control socket.`);
    return;
  }
  if (method.command !== null && method.call !== null)
    report(method.optionSource, `${name} has both command and call; remove one of them.`);
  if (wireNameOf(method) === '') report(method.optionSource, `${name} has no name on the wire; set name.`);
  const { command } = method;
  if (command === null) return;
  const called = command.name === '' ? `of ${name}` : command.name;
  if (command.target === 'unspecified') report(method.optionSource, `command ${called} does not say what it acts on; set target.`);
  const subject = subjectMember(method);
  const named = subjectOf(method);
  if (subject !== null && (named?.type.kind !== 'string' || named.list || presenceOf(named) !== 'required'))
    report(
      method.optionSource,
      `command ${called} acts on a ${command.target} but ${method.input.name} has no required string ${subject}; add it or change target.`,
    );
  if (command.rightNames.includes('unspecified'))
    report(method.optionSource, `command ${called} names the right RIGHT_UNSPECIFIED; name a right or remove it.`);
  if (command.defaultWait && !waits(method)) {
    report(
      method.optionSource,
      `command ${called} waits by default but ${method.input.name} has no member wait; add it or remove default_wait.`,
    );
  }
  for (const [state, cell] of command.matrix ?? []) {
    if (cell === 'unspecified') report(method.optionSource, `the matrix of command ${called} has no cell for state ${state}; add it.`);
  }
}

function checkOutcome({ name, source, endpoint }: ServiceModel, report: Report): void {
  if (endpoint === null) return;
  const { outcome, ok, error } = endpoint;
  if (outcome === '' && (ok !== '' || error !== ''))
    report(source, `the endpoint of ${name} has a value of the outcome but no outcome; set outcome or remove ok and error.`);
  if (outcome !== '' && ok === '') report(source, `the endpoint of ${name} does not say what ${outcome} is in a good answer; set ok.`);
  if (ok !== '' && ok === error) report(source, `the endpoint of ${name} has one outcome for good and bad answers; change ok or error.`);
}

/** The answer to a request that could not be served, which the framing has to tell from a good one. */
function checkFailure(schema: SchemaModel, service: ServiceModel, report: Report): void {
  const { name, source, endpoint } = service;
  if (endpoint === null || endpoint.failure === '' || failureOf(schema, service) !== null) return;
  const { failure, correlation, outcome, error } = endpoint;
  const problem =
    outcome === ''
      ? 'there is no outcome to tell it by'
      : 'it is no message of its package ' +
        `with${correlation === '' ? '' : ` a required number ${correlation} and with`}${error === '' ? 'out' : ''} a member ${outcome}`;
  report(source, `the endpoint of ${name} fails with ${failure}, but ${problem}; correct failure or the message.`);
}

/** What comes after the first line of an answer. */
function checkFollowing(schema: SchemaModel, service: ServiceModel, method: MethodModel, report: Report): void {
  const { call, output, optionSource } = method;
  if (call === null) return;
  const { parts, pushes } = call;
  if (method.streaming && (pushes !== null || (parts !== null && service.endpoint?.correlation === '')))
    report(optionSource, `method ${service.name}.${method.name} is a stream, whose lines are all it has; remove parts and pushes.`);
  else if (parts !== null && method.streaming && partsOf(method) === null)
    report(
      optionSource,
      `call ${call.name} is a stream of parts, ` +
        `but ${output.name} has no list ${parts.list} of messages and required bool ${parts.more}, ` +
        'or its elements are to be joined; correct parts or the message.',
    );
  else if (parts !== null && partsOf(method) === null)
    report(
      optionSource,
      `call ${call.name} is answered in parts, ` +
        `but ${output.name} is not just a list ${parts.list} of messages with a string ${parts.key} and a list ${parts.inner}, ` +
        `and a required bool ${parts.more}; correct parts or the message.`,
    );
  if (pushes !== null && pushesOf(schema, method) === null)
    report(
      optionSource,
      `call ${call.name} pushes ${pushes.message}, ` +
        `which is no message of its package with ${pushes.by} as in ${output.name} and a required bool ${pushes.more}; ` +
        'correct pushes or the message.',
    );
  const outcome = service.endpoint?.outcome ?? '';
  if (pushes?.by === '' && (outcome === '' || pushesOf(schema, method)?.message.fields.some(({ member }) => member === outcome) === true))
    report(
      optionSource,
      `call ${call.name} pushes ${pushes.message}, which nothing tells from an answer; set by, or an outcome that it has no member of.`,
    );
}

/** Members that the framing owns may not be declared as well. */
function checkEnvelope(service: ServiceModel, method: MethodModel, report: Report): void {
  const { endpoint } = service;
  if (endpoint === null) return;
  for (const field of method.input.fields) {
    if (field.member === endpoint.discriminator || (endpoint.correlation !== '' && field.member === endpoint.correlation)) {
      report(
        field.source,
        `field ${method.input.name}.${field.name} is called ${field.member}, ` +
          `which the endpoint of ${service.name} puts into every request; rename it.`,
      );
    }
  }
  if (!isEnveloped(endpoint, method)) return;
  for (const field of method.output.fields) {
    if (
      (endpoint.outcome !== '' && field.member === endpoint.outcome) ||
      (endpoint.correlation !== '' && field.member === endpoint.correlation)
    ) {
      report(
        field.source,
        `field ${method.output.name}.${field.name} is called ${field.member}, ` +
          `which the endpoint of ${service.name} puts into every answer; rename it.`,
      );
    }
  }
}
