/**
 * gen/conformance-subjects.json: what a suite has cases about, so that a new command, code, cell or event is missed where there is no case
 * about it. It says no word of what is to be expected: that is typed by hand.
 */
import { clientSockets } from '../../client-surface.ts';
import { errorsOf, eventsIn, protocolPackages, wireNameOf } from '../../derive.ts';
import type { PackageModel, SchemaModel, ServiceModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

type Subject = readonly [name: string, text: string];

export function printConformanceSubjects(schema: SchemaModel): readonly PrintedFile[] {
  const sockets = clientSockets(schema);
  const subjects = protocolPackages(schema).flatMap((one): readonly Subject[] => [
    ...sockets.filter((socket) => socket.package === one).flatMap(({ service }) => serviceSubjects(schema, one, service)),
    ...conflictSubjects(one),
    ...eventsIn(one.messages).map(({ message, facts }): Subject => [`event ${facts.name}`, message.comment]),
  ]);
  if (subjects.length === 0) return [];
  const document = { comment: generatedMark('peinit'), subjects: Object.fromEntries(subjects) };
  return [{ path: 'gen/conformance-subjects.json', content: JSON.stringify(document, null, 1) }];
}

const serviceSubjects = (schema: SchemaModel, one: PackageModel, service: ServiceModel): readonly Subject[] => [
  ...service.methods.map((method): Subject => [`command ${one.name}/${wireNameOf(method)}`, method.comment]),
  ...(errorsOf(schema, service)?.of.values ?? []).map(({ wire, comment }): Subject => [`code ${one.name}/${wire}`, comment]),
  ...service.methods.flatMap(({ command }) =>
    [...(command?.matrix?.keys() ?? [])].map(
      (state): Subject => [`cell matrix/${command?.name}/${state}`, `What ${command?.name} does in the state ${state}.`],
    ),
  ),
];

const conflictSubjects = ({ enums }: PackageModel): readonly Subject[] =>
  enums.flatMap(({ conflicts }) =>
    conflicts.flatMap(({ live, state, cells }) =>
      [...cells.keys()].map(
        (command): Subject => [`cell conflicts/${state}-${live}/${command}`, `What ${command} does beside a ${state} ${live}.`],
      ),
    ),
  );
