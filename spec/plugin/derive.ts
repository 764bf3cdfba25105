/** What follows from the schema without being said in it. Worked out here once, so that no target does it in its own way. */
import type { FieldModel, MethodModel } from './model.ts';

/** The member of a request that names what its command acts on, by its target; a command for the machine names nothing. */
const subjectMembers: { readonly [target: string]: string } = { service: 'service', operation: 'operation_id' };

/** Name of the member that the target of a command asks for; null: none. */
export const subjectMember = ({ command }: MethodModel): string | null => subjectMembers[command?.target ?? ''] ?? null;

/** The member of the request that names the target; null: it names none, or (refused by the checks) lacks it. */
export const subjectOf = (method: MethodModel): FieldModel | null =>
  method.input.fields.find(({ member }) => member === subjectMember(method)) ?? null;
