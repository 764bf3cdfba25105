import type { TableValue } from '../../fact-rows.ts';
import type { PackageModel } from '../../model.ts';
import { Imports, typesModule } from './imports.ts';
import { doc } from './language.ts';
import { tsLiteral } from './literals.ts';

/** The tables of one facts.ts, with what they import. */
export class Tables {
  readonly one: PackageModel;
  readonly imports = new Imports();

  constructor(one: PackageModel) {
    this.one = one;
  }

  /** A type of the package itself, or of another one. */
  type(name: string, packageName: string = this.one.name): string {
    return this.imports.type(typesModule(this.one.name, packageName), name);
  }

  /** A type of gen/options/rows.ts. */
  row(name: string): string {
    return this.imports.type(this.one.name === 'options' ? './rows.ts' : '../options/rows.ts', name);
  }

  table(comment: string, name: string, type: string, value: TableValue): readonly string[] {
    return [doc(comment), `export const ${name}: ${type} = /* @__PURE__ */ freeze(${tsLiteral(value)});`, ''];
  }
}
