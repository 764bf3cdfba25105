/**
 * gen/PACKAGE/requests.ts: for each command how its request is told and what it is about, so that no reader lists the commands again.
 * The checks of whole requests are a table of their own: they are as large as all the rest, and a bundle leaves out what it does not use.
 */
import { subjectOf, wireNameOf } from '../../derive.ts';
import type { MethodModel, PackageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { commandsType } from './handlers.ts';
import { Imports } from './imports.ts';
import { typescript, typescriptFile } from './language.ts';
import { access, literal } from './literals.ts';

export function printRequests(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages
    .filter(({ services }) => services.length > 0)
    .map((one) => typescriptFile(`gen/${one.name}/requests.ts`, sourceOf(one), body(one)));
}

const { member } = typescript.names;
const targetOf = ({ command }: MethodModel): string => (command === null ? 'null' : literal(command.target));

function body(one: PackageModel): readonly string[] {
  const imports = new Imports();
  const methods = one.services.flatMap((service) => service.methods);
  const commands = one.services.map((service) => imports.type('./handlers.ts', commandsType(service)));
  const all = commands.length === 1 ? commands.join() : `(${commands.join(' & ')})`;
  const rowType = imports.type('../options/rows.ts', 'RequestRow');
  const row = (method: MethodModel): string => {
    const { name } = method.input;
    const subject = subjectOf(method);
    const asked = subject === null ? '() => null' : `(request) => ${access('request', subject.member)}`;
    const members = access(imports.value('./check.ts', 'requestMembers'), name);
    return `{ members: ${members}, target: ${targetOf(method)}, subject: ${asked} }`;
  };
  const printed = [
    '/** What each command acts on; null: a call, which does not say. */',
    'export interface Targets {',
    ...methods.map((method) => `  readonly ${member(wireNameOf(method))}: ${targetOf(method)};`),
    '}',
    '',
    '/** A mapped type, so that the compiler follows request, target and subject of one command whose name is not known yet. */',
    `export type Requests = { readonly [C in keyof Targets]: ${rowType}<${all}[C]['request'], Targets[C]> };`,
    '',
    '/** The requests of the commands, by name. */',
    'export const requests: Requests = {',
    ...methods.map((method) => `  ${member(wireNameOf(method))}: ${row(method)},`),
    '};',
    '',
    '/** Whether a value is the request of a command: at once what the members of its row say one by one. */',
    `export const requestChecks: { readonly [C in keyof Targets]: (value: unknown) => value is ${all}[C]['request'] } = {`,
    ...methods.map((method) => `  ${member(wireNameOf(method))}: ${imports.value('./check.ts', `is${method.input.name}`)},`),
    '};',
  ];
  return [...imports.lines(), '', ...printed];
}
