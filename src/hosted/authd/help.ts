import { endpoints } from '../../../gen/authority/facts.ts';
import { endpoints as registryEndpoints } from '../../../gen/registry/facts.ts';

export const help = `authd: the authority of a machine, which makes the tokens of its principals

  authd [--socket PATH] [--registry-socket PATH] [--etc DIR]    serve (this is what peinit starts)

Options:
  --socket PATH             socket to serve on (${endpoints.authority.path})
  --registry-socket PATH    where registryd listens (${registryEndpoints.registry.path})
  --etc DIR                 directory of passwd and group, which it keeps lines in (/etc)
  --help                    this
  --version                 the version

Ends with 0 when it is told to, 1 when it cannot serve (the message names the remedy), 2 for a wrong command line.
`;
