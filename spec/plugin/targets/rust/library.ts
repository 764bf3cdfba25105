/** clients/rust/src/generated: a module for each package, and the methods of the clients. */
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { printClients } from './clients.ts';
import { printDispatch } from './dispatch.ts';
import { printExchanges } from './exchanges.ts';
import { rustFile } from './language.ts';
import { ModuleNames, rustName } from './names.ts';
import { printNotification } from './notification.ts';
import { Surface } from './surface.ts';
import { printDeclarations } from './types.ts';

const root = 'clients/rust/src/generated';

export function printRustLibrary(schema: SchemaModel): readonly PrintedFile[] {
  const surface = new Surface(schema);
  const modules = surface.packages.map((one) => {
    const names = new ModuleNames(one.package.name);
    const body = [
      ...printDeclarations(one, surface, names),
      ...surface.sockets.filter((socket) => socket.package === one.package).flatMap((socket) => printExchanges(socket, surface, names)),
    ];
    const intro =
      one.sockets.map(({ service }) => service.comment).join('\n') || one.package.intros.map(({ comment }) => comment).join('\n');
    return { name: rustName(one.package.name), file: rustFile(`${root}/${one.package.name}.rs`, sourceOf(one.package), body, intro) };
  });
  const all = surface.packages.map((one) => sourceOf(one.package)).join(', ');
  const clients = [
    { name: 'blocking', flavour: { module: 'crate::blocking', asynchronous: false }, condition: [], words: 'blocking clients' },
    {
      name: 'tokio',
      flavour: { module: 'crate::tokio', asynchronous: true },
      condition: ['#[cfg(feature = "tokio")]'],
      words: 'clients for tokio',
    },
  ];
  const notification = printNotification(schema);
  const notify = notification === null ? [] : [rustFile(`${root}/notification.rs`, 'peinit/notify', notification, 'Lines of a datagram.')];
  return [
    rustFile(
      `${root}/mod.rs`,
      all,
      [
        ...[
          ...modules.map(({ name }) => ({ name, lines: [`pub mod ${name};`] })),
          ...notify.map(() => ({ name: 'notification', lines: ['pub mod notification;'] })),
          ...clients.map(({ name, condition }) => ({ name: `${name}_clients`, lines: [...condition, `pub(crate) mod ${name}_clients;`] })),
        ]
          .sort((one, other) => (one.name < other.name ? -1 : 1))
          .flatMap(({ lines }) => lines),
      ],
      'What the schema says.',
    ),
    ...modules.map(({ file }) => file),
    ...notify,
    ...clients.map(({ name, flavour, words }) =>
      rustFile(`${root}/${name}_clients.rs`, all, printClients(surface, flavour), `The methods of the ${words}.`),
    ),
  ];
}

export const printRustDriver = (schema: SchemaModel): readonly PrintedFile[] => {
  const surface = new Surface(schema);
  return [
    rustFile(
      'clients/rust/driver/generated/mod.rs',
      surface.packages.map((one) => sourceOf(one.package)).join(', '),
      printDispatch(surface),
      'From the names of commands to the typed requests of the library, and back.',
    ),
  ];
};
