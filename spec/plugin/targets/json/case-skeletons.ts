/**
 * gen/conformance-skeletons/SOCKET/COMMAND.yaml: a case for each command, to be copied into the conformance suite and filled in. It has
 * every member of the request that must be there, and every member of the answer with a matcher of its type; what is expected of them is
 * typed by hand from the specification.
 */
import { pushesOf, wireNameOf } from '../../derive.ts';
import type { FieldModel, MessageModel, MethodModel, SchemaModel, ServiceModel } from '../../model.ts';
import { serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

/** Sockets that the suite speaks with. */
const sockets: ReadonlySet<string> = new Set(['control', 'registry', 'query', 'jobs']);

export const printCaseSkeletons = (schema: SchemaModel): readonly PrintedFile[] =>
  schema.packages.flatMap(({ services }) =>
    services.flatMap((service) => {
      const socket = serviceStem(service.name).toLowerCase();
      return sockets.has(socket)
        ? service.methods.map((method) => skeleton(socket, service, { method, pushed: pushesOf(schema, method)?.message ?? null }))
        : [];
    }),
  );

/** A method, and what follows its answer unasked. */
interface Asked {
  readonly method: MethodModel;
  readonly pushed: MessageModel | null;
}

function skeleton(socket: string, service: ServiceModel, asked: Asked): PrintedFile {
  const { method } = asked;
  const command = wireNameOf(method);
  const isNamed = service.endpoint?.discriminator !== '';
  const request = method.input.fields.filter((field) => field.wire?.presence === 'required').map(sampleOf);
  const lines = [
    `# ${generatedMark(`peinit/${method.input.package}`)}`,
    `about: ${text(method.comment)}`,
    'cases:',
    `  - name: ${command}`,
    '    title: what is so, in a sentence',
    '    proves: []',
    '    steps:',
    ...(socket === 'control' || socket === 'jobs' ? [] : [`      - {do: open, connection: ${socket}, socket: ${socket}}`]),
    ...verb(socket, asked),
    '        request:',
    ...(isNamed ? [`          command: ${command}`] : []),
    ...request.map((line) => `          ${line}`),
    ...answer(socket, asked),
  ];
  return { path: `gen/conformance-skeletons/${socket}/${command}.yaml`, content: lines.join('\n') };
}

function verb(socket: string, { method, pushed }: Asked): readonly string[] {
  if (socket === 'jobs') return ['      - do: submit', '        stream: job'];
  const connection = socket === 'control' && !method.streaming ? [] : [`        connection: ${socket === 'control' ? 'stream' : socket}`];
  if (!method.streaming && pushed === null) return ['      - do: ask', ...connection];
  return [
    ...(socket === 'control' ? ['      - {do: open, connection: stream}'] : []),
    '      - do: stream',
    ...connection,
    '        stream: lines',
  ];
}

/** A stream has lines of the answer's form, or pushes, behind its acknowledgement. */
function answer(socket: string, { method, pushed }: Asked): readonly string[] {
  const acknowledged = method.streaming ? [] : ['        expect:', ...members(method.output, 10)];
  if (!method.streaming && pushed === null) return acknowledged.length === 1 ? ['        expect: {}'] : acknowledged;
  const stream = socket === 'jobs' ? 'job' : 'lines';
  return [
    ...acknowledged,
    '      - do: take',
    `        stream: ${stream}`,
    '        lines:',
    ...members(pushed ?? method.output, 12).map((line, index) => (index === 0 ? line.replace(/^ {12}/, '          - ') : line)),
  ];
}

function members({ fields, union }: MessageModel, indent: number): readonly string[] {
  if (union !== null) return [`${' '.repeat(indent)}${union.member}: {$is: words}`];
  return fields.map((field) => `${' '.repeat(indent)}${field.member}: ${matcherOf(field)}`);
}

function matcherOf(field: FieldModel): string {
  const one = field.list ? '{$is: list}' : kindOf(field);
  switch (field.wire?.presence) {
    case 'nullable':
      return `{$or_null: ${one}}`;
    case 'optional':
      return `{$optional: ${one}}`;
    default:
      return one;
  }
}

function kindOf({ type, wire }: FieldModel): string {
  switch (type.kind) {
    case 'boolean':
      return '{$is: boolean}';
    case 'integer':
      return wire?.decimalString === true ? '{$is: words}' : '{$is: integer}';
    case 'enum':
      return '{$is: words}';
    case 'message':
      return type.of.array ? '{$is: list}' : '{$is: object}';
    case 'json':
      return type.shape === 'object' ? '{$is: object}' : '{$is: any}';
    default:
      return '{$is: text}';
  }
}

function sampleOf({ member, type, list }: FieldModel): string {
  if (list) return `${member}: []`;
  switch (type.kind) {
    case 'boolean':
      return `${member}: true`;
    case 'integer':
      return `${member}: 1`;
    case 'enum':
      return `${member}: ${type.of.values[0]?.wire ?? 'NONE'}`;
    case 'message':
      return `${member}: {}`;
    case 'json':
      return type.shape === 'object' ? `${member}: {}` : `${member}: text`;
    default:
      return `${member}: text`;
  }
}

/** A text that YAML takes for one, whatever is in it. */
const text = (comment: string): string => JSON.stringify(comment.replaceAll('\n', ' '));
