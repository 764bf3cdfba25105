/** Which services the words of a call name. */
import t from 'tap';
import { matching, serviceNames } from '../../../clients/peiosctl/service-names.ts';
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';

const known = ['web', 'mount:/data', 'mount:/Data'].map((service) => ({ service, state: 'inactive' }) as const);
const client = { list: async () => ({ services: known }) } as unknown as ControlClient;

t.test('D-14 services are named in any case, mounts by their paths', async (t) => {
  t.strictSame(await serviceNames(client, ['web', 'WEB', 'mount:/data', 'mount:/Data']), ['web', 'mount:/data', 'mount:/Data']);
  t.strictSame(await serviceNames(client, ['W*', 'mount:/d*']), ['web', 'mount:/data']);
  const named = (...words: readonly string[]) => matching(known, words).map(({ service }) => service);
  t.strictSame([named('WEB'), named('mount:/Data'), named('mount:*')], [['web'], ['mount:/Data'], ['mount:/data', 'mount:/Data']]);
});
