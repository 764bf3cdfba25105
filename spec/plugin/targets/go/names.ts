/** Names in Go: every declaration of the schema stands in one package, so what two packages of the schema share is told apart by theirs. */
import { constants } from 'node:os';
import type { EnumModel, EnumValueModel, MessageModel, SchemaModel } from '../../model.ts';
import { lowerFirst, pascalCase, snakeCase } from '../../names.ts';

/** Words that Go writes in capital letters. */
const initialisms = new Set(['id', 'uid', 'gid', 'pid', 'sid', 'fd', 'sz', 'dword', 'qword', 'uuid', 'cpu', 'sddl']);
const errnos = new Set(Object.keys(constants.errno));

/** foo_id or foo-bar to FooID and FooBar. */
export const goName = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => (initialisms.has(part.toLowerCase()) ? part.toUpperCase() : pascalCase(part)))
    .join('');

/** The same for what only the package itself sees. */
export const goLocal = (name: string): string => lowerFirst(name);

/** A value of an enum, without the name of the enum: ACCESS_DENIED to AccessDenied, ENOENT as it is. */
const valueName = ({ name }: EnumValueModel, of: EnumModel): string => {
  const own = name.slice(snakeCase(of.name).length + 1);
  return errnos.has(own) ? own : goName(own.toLowerCase());
};

/** Gives each declaration its name, and each name away once. */
export class GoNames {
  readonly #declared = new Map<MessageModel | EnumModel, string>();
  readonly #given = new Map<string, string>();

  constructor(schema: SchemaModel) {
    const declarations = schema.packages.flatMap((one) => [...one.messages, ...one.enums]);
    const shared = new Map<string, number>();
    for (const { name } of declarations) shared.set(name, (shared.get(name) ?? 0) + 1);
    for (const one of declarations)
      this.#declared.set(one, (shared.get(one.name) ?? 0) > 1 ? pascalCase(one.package) + one.name : one.name);
  }

  of(declared: MessageModel | EnumModel): string {
    return this.#declared.get(declared) ?? declared.name;
  }

  /** Constant of a value. */
  value(of: EnumModel, value: EnumValueModel): string {
    return this.of(of) + valueName(value, of);
  }

  /** The name, for a declaration that stands in the output once. */
  give(name: string, what: string): string {
    const other = this.#given.get(name);
    if (other !== undefined) throw new Error(`Go has one name, ${name}, for ${other} and for ${what}`);
    this.#given.set(name, what);
    return name;
  }
}
