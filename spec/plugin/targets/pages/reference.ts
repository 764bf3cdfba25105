/** docs/reference/: the schema's comments as pages for administrators. */

import { alternativeAnswer, eventsPackage, reachable, waits, wireNameOf } from '../../derive.ts';
import type { LinkModel, MessageModel, MethodModel, PackageModel, SchemaModel, ServiceModel } from '../../model.ts';
import { serviceStem, words } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { code, membersTable, page, prose, table } from './markdown.ts';
import { enumTable, intro, objectsPart, protocolLink, title, yes } from './parts.ts';
import { printEventsPage } from './reference-events.ts';
import { printStatesPage } from './reference-states.ts';
import { printNotifyPage, printParametersPage, printStoresPage } from './reference-stores.ts';

export function printReference(schema: SchemaModel): readonly PrintedFile[] {
  return [
    ...schema.packages.flatMap((one) => {
      if (one.name === 'options') return [];
      if (one.name === 'service') return [printStatesPage(one)];
      if (one === eventsPackage(schema)) return [printEventsPage(one)];
      const kinds = new Set(one.messages.map(({ kind }) => kind));
      if (kinds.has('registry')) return [printStoresPage(schema, one)];
      if (kinds.has('parameter')) return [printParametersPage(one)];
      if (kinds.has('notify')) return [printNotifyPage(one)];
      return [socketPage(one)];
    }),
    ...errorsPage(schema),
  ];
}

const outcomeLegend = [
  'new: an operation starts. merge: the request joins the one in flight. queue: it waits for the one in flight. ' +
    'defer: it waits for the restart delay.',
  'cancel and stop: the start in flight is given up. clear and cancel: inactive at once, the operation is over when answered.',
  'already and noop: there is nothing to do, answered with the shape of `status` and without an operation. error: `INVALID_STATE`. ' +
    'ok: always answered.',
  '',
];

function socketPage(one: PackageModel): PrintedFile {
  const roots = one.services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output]));
  const nested = one.messages.filter((message) => !roots.includes(message));
  const elsewhere =
    [...reachable(roots)].some((message) => message.package === 'service') ||
    one.messages.some((message) => message.fields.some(({ type }) => type.kind === 'enum' && type.of.package === 'service'));
  return page(`docs/reference/${one.name}.md`, sourceOf(one), [
    title(one),
    '',
    ...(one.links.length === 0 ? intro(one, one.services) : []),
    ...(one.services.length + one.links.length === 0 ? [] : protocolLink),
    ...(elsewhere
      ? [
          'States, causes, operations and the objects they appear in are explained in [states](states.md), ' +
            'error codes in [errors](errors.md).',
          '',
        ]
      : []),
    ...one.links.flatMap(linkPart),
    ...one.services.flatMap((service) => [...(one.links.length === 0 ? [] : serviceHead(service)), ...servicePart(service)]),
    ...one.services.flatMap((service) => service.methods.flatMap((method) => methodPart(service, method))),
    ...objectsPart(nested),
    ...one.enums.filter(({ name }) => !isErrors(name)).flatMap((declared) => enumTable(declared, '##')),
  ]);
}

/** A socket with lines in each direction. */
const linkPart = ({ name, comment, endpoint, sent, received }: LinkModel): readonly string[] => [
  `## ${serviceStem(name)} socket`,
  '',
  prose(comment),
  '',
  ...(endpoint === null
    ? []
    : table(
        ['Socket', 'Who connects sends', 'and gets', 'Longest line'],
        [[code(endpoint.path), reference(sent), reference(received), `${endpoint.maxLine} bytes`]],
      )),
];

const reference = ({ name }: MessageModel): string => `[${name}](#${name.toLowerCase()})`;

/** Where a page is about several sockets. */
const serviceHead = ({ name, comment }: ServiceModel): readonly string[] => [`## ${serviceStem(name)} socket`, '', prose(comment), ''];

const outcomeText = (member: string, value: string): string =>
  value === '' ? '' : code(`${JSON.stringify(member)}:${JSON.stringify(value)}`);

function servicePart(service: ServiceModel): readonly string[] {
  const { endpoint } = service;
  const commands = service.methods.flatMap((method) => (method.command === null ? [] : [{ method, command: method.command }]));
  const withMatrix = commands.filter(({ command }) => command.matrix !== null);
  const states = [...(withMatrix[0]?.command.matrix?.keys() ?? [])];
  return [
    ...(endpoint === null
      ? []
      : table(
          [
            'Socket',
            'Command in',
            'Answers related by',
            'A good answer begins with',
            'A refusal begins with',
            'A refusal is',
            'Longest line',
          ],
          [
            [
              code(endpoint.path),
              endpoint.discriminator === '' ? '' : code(endpoint.discriminator),
              endpoint.correlation === '' ? 'their order' : code(endpoint.correlation),
              outcomeText(endpoint.outcome, endpoint.ok),
              outcomeText(endpoint.outcome, endpoint.error),
              endpoint.failure === '' ? '' : code(endpoint.failure),
              endpoint.maxLine === 0 ? code('MaxRequestSize') : `${endpoint.maxLine} bytes`,
            ],
          ],
        )),
    ...(commands.length === 0
      ? []
      : [
          '## Commands',
          '',
          ...table(
            ['Command', 'Does', 'Acts on', 'Rights', 'Waits by itself', 'During shutdown', 'Section'],
            commands.map(({ method, command }) => [
              `[${command.name}](#${command.name})`,
              prose(method.comment),
              command.target,
              command.rightNames.map(code).join(' and '),
              waits(method) ? (command.defaultWait ? 'yes' : 'no') : '',
              yes(command.duringShutdown),
              `${command.section}${command.extension ? ' (extension)' : ''}`,
            ]),
          ),
        ]),
    ...(withMatrix.length === 0
      ? []
      : [
          '## Commands by state',
          '',
          'What a command does to a service when no operation is live. ' +
            'Beside a live one the [table of conflicts](states.md#a-new-command-beside-a-live-operation) holds instead.',
          '',
          ...table(
            ['State', ...withMatrix.map(({ command }) => command.name)],
            states.map((state) => [code(state), ...withMatrix.map(({ command }) => words(command.matrix?.get(state) ?? ''))]),
          ),
          ...outcomeLegend,
        ]),
  ];
}

function methodPart(service: ServiceModel, method: MethodModel): readonly string[] {
  const other = alternativeAnswer(service, method);
  return [
    `## ${wireNameOf(method)}`,
    '',
    prose(method.input.comment),
    '',
    ...example(service, method),
    '**Request**',
    '',
    ...membersTable(method.input.fields, true),
    method.streaming ? '**Each line of the answer**' : '**Answer**',
    '',
    prose(method.output.comment),
    ...(other === null ? [] : [`Where there was nothing to do it has the shape of [${other.message.name}](#status).`]),
    '',
    ...membersTable(method.output.fields),
    ...following(method),
  ];
}

/** What comes after the first line of an answer. */
function following({ call }: MethodModel): readonly string[] {
  if (call === null) return [];
  const { parts, pushes } = call;
  const sentences = [
    ...(parts === null
      ? []
      : [
          'The answer may come as several lines of the same id: ' +
            `${code(parts.list)} goes on in the next one while ${code(parts.more)} is true.`,
          ...(parts.key === ''
            ? []
            : [
                `Where the first element of a line has the ${code(parts.key)} of the last one before it, it continues that one: ` +
                  `its ${code(parts.inner)} are added to it.`,
              ]),
        ]),
    ...(pushes === null
      ? []
      : [
          `Afterwards lines of the shape [${pushes.message}](#${pushes.message.toLowerCase()}) come unasked` +
            `${pushes.by === '' ? '' : `; their ${code(pushes.by)} is that of the answer`}.`,
          ...(pushes.more === '' ? [] : [`While ${code(pushes.more)} is true, another one of the same batch follows.`]),
        ]),
  ];
  return sentences.length === 0 ? [] : [...sentences, ''];
}

/** A request as it is typed. */
function example(service: ServiceModel, method: MethodModel): readonly string[] {
  if (service.endpoint === null) return [];
  const { discriminator, correlation } = service.endpoint;
  const members = method.input.fields
    .filter((field) => field.wire?.presence === 'required')
    .map((field): [string, unknown] => [field.member, sample(field.type, field.member)]);
  const line = JSON.stringify(
    Object.fromEntries([
      ...(correlation === '' ? [] : [[correlation, 1]]),
      ...(discriminator === '' ? [] : [[discriminator, wireNameOf(method)]]),
      ...members,
    ]),
  );
  return ['```json', line, '```', ''];
}

const samples: { readonly [member: string]: string } = {
  service: 'web',
  identity: 'LocalService',
  operation_id: '0199c6a3-0c1e-7a54-9a3f-5c0d6b0e1f22',
  path: 'Machine\\System\\Services\\web',
  name: 'ImagePath',
};

function sample(type: MessageModel['fields'][number]['type'], member: string): unknown {
  switch (type.kind) {
    case 'boolean':
      return true;
    case 'integer':
      return 1;
    case 'enum':
      return type.of.values.find(({ wire }) => wire === 'SZ')?.wire ?? type.of.values[0]?.wire ?? '';
    case 'json':
      return type.shape === 'object' ? {} : '/usr/sbin/nginx';
    default:
      return samples[member] ?? '...';
  }
}

const isErrors = (name: string): boolean => /Error(Code)?$/.test(name);

function errorsPage(schema: SchemaModel): readonly PrintedFile[] {
  const found = schema.packages
    .filter(({ name }) => name !== 'options')
    .flatMap((one) => one.enums.filter(({ name }) => isErrors(name)).map((declared) => ({ one, declared })));
  if (found.length === 0) return [];
  return [
    page('docs/reference/errors.md', [...new Set(found.map(({ one }) => sourceOf(one)))].join(', '), [
      '# Errors',
      '',
      ...found.flatMap(({ one, declared }) => [
        `## ${declared.name} (${one.name})`,
        '',
        prose(declared.comment),
        '',
        ...table(
          ['Code', 'Meaning', 'What to do', 'Closes the connection'],
          declared.values.map((value) => [code(value.wire), prose(value.comment), prose(value.facts.remedy), yes(value.facts.closes)]),
        ),
      ]),
    ]),
  ];
}
