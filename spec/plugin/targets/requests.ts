/** gen/PACKAGE/requests.ts: for each command how its request is told and what it is about, so that no reader lists the commands again. */
import { subjectOf } from '../derive.ts';
import type { MethodModel, SchemaModel } from '../model.ts';
import { wireNameOf } from '../model.ts';
import { access, literal, memberName } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { sourceOf, typescriptFile } from '../print.ts';
import { commandsType } from './handlers.ts';

export function printRequests(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const methods = one.services.flatMap((service) => service.methods);
    if (methods.length === 0) return [];
    const inputs = [...new Set(methods.map(({ input }) => input.name))].sort();
    const commands = one.services.map(commandsType).sort();
    const all = commands.length === 1 ? commands.join() : `(${commands.join(' & ')})`;
    return [
      typescriptFile(`gen/${one.name}/requests.ts`, sourceOf(one), [
        "import type { RequestRow } from '../options/rows.ts';",
        `import { ${[...inputs.map((name) => `is${name}`), 'requestMembers'].join(', ')} } from './check.ts';`,
        `import type { ${commands.join(', ')} } from './handlers.ts';`,
        '',
        '/** What each command acts on; null: a call, which does not say. */',
        'export interface Targets {',
        ...methods.map((method) => `  readonly ${memberName(wireNameOf(method))}: ${targetOf(method)};`),
        '}',
        '',
        '/** A mapped type, so that the compiler follows request, target and subject of one command whose name is not known yet. */',
        `export type Requests = { readonly [C in keyof Targets]: RequestRow<${all}[C]['request'], Targets[C]> };`,
        '',
        '/** The requests of the commands, by name. */',
        'export const requests: Requests = {',
        ...methods.map((method) => `  ${memberName(wireNameOf(method))}: ${row(method)},`),
        '};',
      ]),
    ];
  });
}

const targetOf = ({ command }: MethodModel): string => (command === null ? 'null' : literal(command.target));

const row = (method: MethodModel): string => {
  const { input } = method;
  const subject = subjectOf(method);
  const asked = subject === null ? '() => null' : `(request) => ${access('request', subject.member)}`;
  return `{ is: is${input.name}, members: requestMembers.${input.name}, target: ${targetOf(method)}, subject: ${asked} }`;
};
