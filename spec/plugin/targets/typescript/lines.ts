/** gen/PACKAGE/lines.ts: what a line is that a client receives, told by what the framing puts into it. */
import { failureOf, pushesOf } from '../../derive.ts';
import type { EndpointFacts, MessageModel, SchemaModel, ServiceModel } from '../../model.ts';
import { serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { commandsType } from './handlers.ts';
import { Imports } from './imports.ts';
import { typescript, typescriptFile } from './language.ts';
import { access, literal } from './literals.ts';

export function printLines(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const imports = new Imports();
    const printed = one.services.flatMap((service) => {
      const failure = failureOf(schema, service);
      return service.endpoint === null || failure === null ? [] : printLine(schema, service, service.endpoint, failure, imports);
    });
    return printed.length === 0 ? [] : [typescriptFile(`gen/${one.name}/lines.ts`, sourceOf(one), [...imports.lines(), '', ...printed])];
  });
}

function printLine(
  schema: SchemaModel,
  service: ServiceModel,
  { correlation, outcome, ok, error }: EndpointFacts,
  failure: MessageModel,
  imports: Imports,
): readonly string[] {
  const stem = serviceStem(service.name);
  const commands = imports.type('./handlers.ts', commandsType(service));
  const failed = imports.type('./types.ts', failure.name);
  const pushed = service.methods.flatMap((method) => pushesOf(schema, method) ?? []);
  const types = [...new Set(pushed.map(({ message }) => imports.type('./types.ts', message.name)))].join(' | ');
  const marks = [...new Set(pushed.flatMap(({ by }) => (by === null ? [] : [`typeof ${access('line', by.member)} === 'number'`])))];
  const answers = `${stem}Answer`;
  const id = correlation === '' ? '' : ' readonly id: number;';
  const given = correlation === '' ? '' : ' id,';
  const pushedLine = `{ kind: 'pushed', pushed: line as unknown as ${types} }`;
  const without = marks.length === 0 ? 'null' : `${marks.join(' || ')} ? ${pushedLine} : null`;
  return [
    '/** The answers to the commands, each as its own handler gives it. */',
    `export type ${answers} = ${commands}[keyof ${commands}]['response'];`,
    '',
    '/** A line by its kind. */',
    `export type ${stem}Line =`,
    `  | { readonly kind: 'answer';${id} readonly answer: ${answers} }`,
    `  | { readonly kind: 'failure';${id} readonly failure: ${failed} }${pushed.length === 0 ? ';' : ''}`,
    ...(pushed.length === 0 ? [] : [`  | { readonly kind: 'pushed'; readonly pushed: ${types} };`]),
    '',
    '/** Tells lines apart by what the framing puts into them; null: it is no such line. Nothing else of it is checked. */',
    `export function ${typescript.names.constant(stem)}Line(line: { readonly [member: string]: unknown }): ${stem}Line | null {`,
    ...(correlation === '' ? [] : [`  const id = ${access('line', correlation)};`, `  if (typeof id !== 'number') return ${without};`]),
    `  switch (${access('line', outcome)}) {`,
    `    case ${literal(ok)}:`,
    `      return { kind: 'answer',${given} answer: line as unknown as ${answers} };`,
    `    case ${error === '' ? 'undefined' : literal(error)}:`,
    `      return { kind: 'failure',${given} failure: line as unknown as ${failed} };`,
    '    default:',
    `      return ${pushed.some(({ by }) => by === null) ? pushedLine : 'null'};`,
    '  }',
    '}',
    '',
  ];
}
