/** What the things of the schema are called in C: all of them stand in one space of names, so the package is part of each. */
import { wireNameOf } from '../../derive.ts';
import type { EnumModel, EnumValueModel, MessageModel, MethodModel, ServiceModel } from '../../model.ts';
import { serviceStem, snakeCase } from '../../names.ts';
import { c } from './language.ts';

type Declared = Pick<EnumModel | MessageModel, 'name' | 'package'>;

/** `peinit_service_state`; a name that begins with its package has that once. */
export function typeName({ name, package: from }: Declared): string {
  const words = snakeCase(name);
  return words === from || words.startsWith(`${from}_`) ? `peinit_${words}` : `peinit_${from}_${words}`;
}

/** The enum of the values of an open enum. */
export const valuesName = (declared: Declared): string => `${typeName(declared)}_value`;

export const constantOf = (declared: Declared, name: string): string => c.names.constant(`${typeName(declared)}_${name}`);

/** `PEINIT_SERVICE_STATE_ACTIVE`, of the name in the schema, which has the enum's own in front. */
export const valueConstant = (declared: EnumModel, { name }: Pick<EnumValueModel, 'name'>): string =>
  constantOf(declared, name.startsWith(prefixOf(declared)) ? name.slice(prefixOf(declared).length) : name);

const prefixOf = ({ name }: EnumModel): string => `${snakeCase(name).toUpperCase()}_`;

/** The value of an enum that this version does not know. */
export const unknownConstant = (declared: Declared): string => constantOf(declared, 'unrecognized');

export const socketName = (service: ServiceModel): string => c.names.method(serviceStem(service.name));

/** The function that makes a call. */
export const functionName = (service: ServiceModel, method: MethodModel): string =>
  `peinit_${socketName(service)}_${c.names.method(wireNameOf(method))}`;

/** What describes a message or enum at run time. */
export const tableName = (declared: Declared): string => `${typeName(declared)}_table`;

/** What describes a call. */
export const methodTable = (service: ServiceModel, method: MethodModel): string => `${functionName(service, method)}_method`;

export const endpointTable = (service: ServiceModel): string => `peinit_${socketName(service)}_endpoint`;

export const socketConstant = (service: ServiceModel): string => c.names.constant(`peinit_socket_${socketName(service)}`);

/** Refuses two things of one name. */
export function distinct(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new Error(`two things of the schema are called ${name} in C; rename one of them`);
    seen.add(name);
  }
}
