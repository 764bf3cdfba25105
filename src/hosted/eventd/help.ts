import { eventdSettingsFields } from '../../../gen/eventd/facts.ts';
import { endpoints as registryEndpoints } from '../../../gen/registry/facts.ts';
import { settingFields } from '../../../gen/settings/facts.ts';
import { defaultStore } from './options.ts';

const { logSocketPath } = settingFields;
const { querySocketPath } = eventdSettingsFields;

export const help = `eventd: keeps what services write and what happens, in SQLite, and answers who asks for it

  eventd [--store DIR] [--log-socket PATH] [--query-socket PATH] [--registry-socket PATH]    serve (this is what peinit starts)

Options:
  --store DIR               directory of the database (${defaultStore})
  --log-socket PATH         where process 1 hands over (${logSocketPath.name} of the registry, or ${logSocketPath.default})
  --query-socket PATH       where records are asked for (${querySocketPath.name} of the registry, or ${querySocketPath.default})
  --registry-socket PATH    where registryd listens (${registryEndpoints.registry.path})
  --help                    this
  --version                 the version

Ends with 0 when it is told to, 1 when it cannot serve (the message names the remedy), 2 for a wrong command line.
`;
