/** The kinds of lines that cross sockets, each with the messages that it may be: what others check, and make examples of. */
import type { Envelope } from './derive.ts';
import {
  alternativeAnswer,
  answerMessages,
  answersOf,
  envelopesOf,
  eventsIn,
  failureOf,
  isEnveloped,
  protocolPackages,
  pushesOf,
  reachable,
  requestMessages,
  wireNameOf,
} from './derive.ts';
import type { MessageModel, MethodModel, PackageModel, SchemaModel, ServiceModel } from './model.ts';
import { serviceStem, snakeCase } from './names.ts';

export interface LineKind {
  readonly package: PackageModel;
  /** Unique among the lines of the package: start.request, start.answer, subscribe.line, error. */
  readonly name: string;
  /** What it is, in words: "Answer of start". */
  readonly title: string;
  readonly forms: readonly LineForm[];
  /** Clients write it. */
  readonly written: boolean;
}

/** A line is the message with what the framing puts before its members; without a message it is nothing else. */
export interface LineForm {
  readonly message: MessageModel | null;
  readonly envelope: Envelope;
  /** A member of the message itself that has one value here: the outcome of a refusal. */
  readonly told: Envelope['fixed'];
}

const bare: Envelope = { correlation: '', fixed: null };

export function lineKinds(schema: SchemaModel): readonly LineKind[] {
  const envelopes = envelopesOf(schema);
  const form = (message: MessageModel): LineForm => ({ message, envelope: envelopes.get(message) ?? bare, told: null });
  const alone = lonely(schema);
  return protocolPackages(schema).flatMap((one): readonly LineKind[] => [
    ...one.services.flatMap((service) => serviceLines(schema, one, service, form)),
    ...one.links.flatMap(({ name, sent, received }) => {
      const stem = snakeCase(serviceStem(name));
      return [
        daemonLine(one, `${stem}.sent`, `What ${serviceStem(name)} takes`, [form(sent)]),
        daemonLine(one, `${stem}.received`, `What ${serviceStem(name)} gives back`, [form(received)]),
      ];
    }),
    ...eventsIn(one.messages).map(({ message, facts }) =>
      daemonLine(one, facts.name, `Content of the event ${facts.name}`, [form(message)]),
    ),
    ...alone
      .filter((message) => message.package === one.name)
      .map((message) => daemonLine(one, snakeCase(message.name), message.name, [form(message)])),
  ]);
}

const daemonLine = (one: PackageModel, name: string, title: string, forms: readonly LineForm[]): LineKind => ({
  package: one,
  name,
  title,
  forms,
  written: false,
});

function serviceLines(
  schema: SchemaModel,
  one: PackageModel,
  service: ServiceModel,
  form: (message: MessageModel) => LineForm,
): readonly LineKind[] {
  const failure = failureOf(schema, service);
  const { outcome = '', error: refused = '' } = service.endpoint ?? {};
  const told = refused === '' ? null : { member: outcome, value: refused };
  // Where a package has several sockets, their failures are told apart by the socket.
  const error = one.services.length === 1 ? 'error' : `${snakeCase(serviceStem(service.name))}.error`;
  return [
    ...service.methods.flatMap((method) => methodLines(schema, one, service, method, form)),
    ...(failure === null ? [] : [daemonLine(one, error, 'Answer to a request that could not be served', [{ ...form(failure), told }])]),
  ];
}

function methodLines(
  schema: SchemaModel,
  one: PackageModel,
  service: ServiceModel,
  method: MethodModel,
  form: (message: MessageModel) => LineForm,
): readonly LineKind[] {
  const name = wireNameOf(method);
  const request: LineKind = {
    package: one,
    name: `${name}.request`,
    title: `Request of ${name}`,
    forms: [form(method.input)],
    written: true,
  };
  const line = (message: MessageModel): LineKind =>
    daemonLine(one, `${name}.line`, `Line that follows the answer of ${name}`, [form(message)]);
  const { endpoint } = service;
  const pushes = pushesOf(schema, method);
  if (endpoint !== null && !isEnveloped(endpoint, method)) {
    const fixed = endpoint.outcome === '' ? null : { member: endpoint.outcome, value: endpoint.ok };
    const acknowledged = daemonLine(one, `${name}.answer`, `Acknowledgement of ${name}`, [
      { message: null, envelope: { ...bare, fixed }, told: null },
    ]);
    return [request, acknowledged, line(method.output)];
  }
  return [
    request,
    daemonLine(one, `${name}.answer`, `Answer of ${name}`, answerForms(service, method, form)),
    ...(pushes === null ? [] : [line(pushes.message)]),
  ];
}

/** The form with the sign first: whoever looks for the first that fits finds the right one. */
const answerForms = (service: ServiceModel, method: MethodModel, form: (message: MessageModel) => LineForm): readonly LineForm[] =>
  alternativeAnswer(service, method) === null ? [form(method.output)] : answersOf(service, method).map(form);

/** JSON messages that cross no socket and stand in no file that people write: lines of the console. */
function lonely(schema: SchemaModel): readonly MessageModel[] {
  const all = protocolPackages(schema).flatMap(({ messages }) => messages.filter(({ kind }) => kind === 'json'));
  const known = new Set([
    ...requestMessages(schema),
    ...answerMessages(schema),
    ...reachable(all.filter(({ document }) => document !== '')),
  ]);
  const left = all.filter((message) => !known.has(message));
  const nested = new Set(left.flatMap((message) => [...reachable([message])].filter((inner) => inner !== message)));
  return left.filter((message) => !nested.has(message));
}
