/** The comments of the schema are the reference manual, so each declaration has one, and it says more than the name. */
import type { SchemaModel, Source } from '../model.ts';
import { namedWords } from '../names.ts';
import type { Report } from '../problems.ts';

interface Declared {
  readonly name: string;
  readonly comment: string;
  readonly source: Source;
}

export function checkComments(schema: SchemaModel, report: Report): void {
  const need = (what: string, { comment, source }: Declared): void => {
    if (comment === '') report(source, `${what} has no comment; say above it what it means, its unit and when it is null.`);
  };
  /** Of a member the name alone is no sentence, as it is of a method. */
  const needMore = (what: string, declared: Declared): void => {
    need(what, declared);
    if (declared.comment !== '' && onlyNames(declared))
      report(declared.source, `the comment of ${what} only repeats the name; say what it means, its unit and when it is null.`);
  };
  for (const { enums, messages, services, links } of schema.packages) {
    for (const declared of enums) {
      need(`enum ${declared.name}`, declared);
      if (declared.zero !== null) need(`enum value ${declared.zero.name}`, declared.zero);
      for (const value of declared.values) needMore(`enum value ${value.name}`, { ...value, name: value.wire });
    }
    for (const message of messages) {
      need(`message ${message.name}`, message);
      for (const { value, comment, source } of message.union?.forms ?? [])
        need(`form ${message.name}.${value}`, { name: value, comment, source });
      for (const field of message.fields) needMore(`field ${message.name}.${field.name}`, field);
    }
    for (const link of links) need(`link ${link.name}`, link);
    for (const service of services) {
      need(`service ${service.name}`, service);
      for (const method of service.methods) need(`method ${service.name}.${method.name}`, method);
    }
  }
}

/** Words that add nothing to a name. */
const filling: ReadonlySet<string> = new Set(['a', 'an', 'the', 'its', 'of', 'this', 'is', 'it']);

/** Whether a comment has no word but those of the name, each perhaps in the plural. */
function onlyNames({ name, comment }: Declared): boolean {
  const known = new Set(namedWords(name).flatMap((word) => [word, `${word}s`]));
  return namedWords(comment).every((word) => filling.has(word) || known.has(word));
}
