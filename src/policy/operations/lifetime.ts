/**
 * How long an operation may wait. It counts from its creation and only while it is pending; then the deadlines of the phases govern.
 * OP-014.
 */
import { definitionDefaults } from '../../../gen/definition/facts.ts';
import type { OperationSource, OperationType } from '../../../gen/service/types.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { secondsToNs } from '../time.ts';

/** Null: it never expires. */
export function lifetimeNs(type: OperationType, source: OperationSource, definition: ServiceDefinition | null): bigint | null {
  if (source !== 'admin') return null;
  const { startTimeout, stopTimeout } = definition ?? definitionDefaults;
  switch (type) {
    case 'start':
    case 'reload':
      return secondsToNs(startTimeout);
    case 'stop':
      return secondsToNs(stopTimeout);
    case 'restart':
      return secondsToNs(startTimeout + stopTimeout);
    case 'reset':
      return null;
    default:
      return unknownType(type);
  }
}

function unknownType(type: never): never {
  throw new Error(`operation of unknown type ${JSON.stringify(type)}`);
}
