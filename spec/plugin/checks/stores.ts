/** Registry values, kernel-style parameters and notify keys. */

import { parseParameterDefault } from '../defaults.ts';
import type { FieldModel, MessageModel, RegistryFacts, SchemaModel, Source } from '../model.ts';
import type { Report } from '../problems.ts';
import { reportClashes } from '../problems.ts';

export function checkStores(schema: SchemaModel, report: Report): void {
  const messages = schema.packages.flatMap((one) => one.messages);
  const registry = messages.filter(({ kind }) => kind === 'registry');
  for (const message of registry) checkRegistryMessage(message, report);
  checkKeys(registry, report);
  const parameters = messages.flatMap((message) => message.fields.filter((field) => field.parameter !== null));
  for (const field of parameters) checkParameter(field, report);
  reportClashes(
    parameters,
    (field) => field.parameter?.name ?? null,
    (field, first) =>
      report(field.source, `parameter ${field.parameter?.name} is declared twice, also as ${first.name}; rename one of them.`),
  );
  const keys = messages.flatMap((message) => message.fields.filter((field) => field.notify !== null));
  for (const field of keys) {
    if (field.notify?.name === '') report(field.source, `field ${field.name} has a notify key without a name; set (notify).name.`);
  }
  reportClashes(
    keys,
    (field) => (field.notify === null ? null : `${field.notify.name}=${field.notify.value}`),
    (field, first) =>
      report(
        field.source,
        `notify key ${field.notify?.name} is declared twice, also as ${first.name}; rename one of them or give each its value.`,
      ),
  );
}

function checkRegistryMessage(message: MessageModel, report: Report): void {
  if (message.key === null) report(message.source, `message ${message.name} holds registry values but names no key; set the option key.`);
  for (const field of message.fields) if (field.registry !== null) checkRegistryField(message, field, field.registry, report);
}

/** Value names of one key, whichever message declares them, compared as the registry does: without case. */
function checkKeys(messages: readonly MessageModel[], report: Report): void {
  const values = messages.flatMap((message) =>
    message.fields.flatMap((field) =>
      field.registry === null ? [] : [{ field, key: field.registry.key || (message.key?.path ?? ''), name: field.registry.name }],
    ),
  );
  reportClashes(
    values,
    ({ key, name }) => `${key}\\${name}`.toLowerCase(),
    (again, first) =>
      report(
        again.field.source,
        `registry value ${again.name} stands twice under ${again.key}, ` +
          `also as ${first.field.name} (names are compared without case); rename one of them.`,
      ),
  );
}

function checkRegistryField(message: MessageModel, field: FieldModel, facts: RegistryFacts, report: Report): void {
  const name = `field ${message.name}.${field.name}`;
  const say = (sentence: string): void => report(field.source, `${name} ${sentence}`);
  if (facts.name === '') say('names no registry value; set (registry).name.');
  if (facts.effect === 'unspecified') say('does not say when a change takes effect; set (registry).effect.');
  if (facts.type === null)
    say('is of a type that no registry value has; use string, repeated string, uint32, uint64, bool, an enum or bytes.');
  if (field.type.kind === 'unsupported')
    say(`is ${field.type.words}, which no registry value holds; use string, uint32, uint64, bool, an enum or bytes.`);
  if (facts.required && facts.optional) say('is both required and optional; remove one of them.');
  if (facts.required && (facts.defaultNumber !== 0n || facts.defaultText !== '')) say('is required and has a default; remove one of them.');
  if (facts.onlyWith !== '' && !message.fields.some((other) => other.registry?.name === facts.onlyWith)) {
    say(`has only_with ${facts.onlyWith}, which no value of the message is called; correct it.`);
  }
  const { type } = field;
  if (type.kind === 'integer' && !facts.required && !facts.optional) {
    const { min, max } = facts.range;
    if (facts.defaultNumber > max || (facts.defaultNumber < min && facts.onlyWith === '')) {
      say(`has the default ${facts.defaultNumber}, which is outside ${min} to ${max}; correct the default or the bounds.`);
    }
  }
  if (type.kind === 'boolean' && facts.defaultNumber > 1n) say(`is a bool with the default ${facts.defaultNumber}; use 0 or 1.`);
  if (type.kind === 'enum') {
    reportClashes(
      type.of.values,
      (value) => String(value.registryNumber),
      (value, first) =>
        report(
          value.source,
          `enum value ${value.name} is ${value.registryNumber} in the registry, like ${first.name}; set (value).number.`,
        ),
    );
    if (!facts.required && !facts.optional && !type.of.values.some((value) => BigInt(value.registryNumber) === facts.defaultNumber)) {
      say(`has the default ${facts.defaultNumber}, which is no value of ${type.of.name} in the registry; correct it.`);
    }
  }
}

function checkParameter(field: FieldModel, report: Report): void {
  const facts = field.parameter;
  if (facts === null) return;
  const source: Source = field.source;
  if (facts.name === '' || /[\s="]/.test(facts.name))
    report(source, `field ${field.name} has a parameter name that cannot stand on a command line; use letters, digits and dots.`);
  if (
    field.list ||
    field.type.kind === 'bytes' ||
    field.type.kind === 'message' ||
    field.type.kind === 'json' ||
    field.type.kind === 'unsupported'
  ) {
    report(source, `parameter ${facts.name} is of a type that cannot be given as name=value; use string, bool, an integer or an enum.`);
  } else if (facts.defaultText !== '' && parseParameterDefault(field) === null) {
    report(source, `parameter ${facts.name} has the default ${facts.defaultText}, which its type does not hold; correct it.`);
  }
}
