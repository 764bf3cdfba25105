/** The comments of the schema are the reference manual, so each declaration has one. */
import type { SchemaModel, Source } from '../model.ts';
import type { Report } from '../problems.ts';

export function checkComments(schema: SchemaModel, report: Report): void {
  const need = (what: string, declared: { readonly comment: string; readonly source: Source }): void => {
    if (declared.comment === '')
      report(declared.source, `${what} has no comment; say above it what it means, its unit and when it is null.`);
  };
  for (const { enums, messages, services } of schema.packages) {
    for (const declared of enums) {
      need(`enum ${declared.name}`, declared);
      if (declared.zero !== null) need(`enum value ${declared.zero.name}`, declared.zero);
      for (const value of declared.values) need(`enum value ${value.name}`, value);
    }
    for (const message of messages) {
      need(`message ${message.name}`, message);
      for (const field of message.fields) need(`field ${message.name}.${field.name}`, field);
    }
    for (const service of services) {
      need(`service ${service.name}`, service);
      for (const method of service.methods) need(`method ${service.name}.${method.name}`, method);
    }
  }
}
