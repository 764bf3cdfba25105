import t from 'tap';
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { heldOutput } from '../../../clients/typescript/output.ts';
import type { OutputRequest, OutputResponse } from '../../../gen/control/types.ts';

const parts: readonly OutputResponse[] = [
  { services: [{ service: 'a', output: [] }], next: 'b' },
  { services: [], next: 'C' },
  {
    services: [
      { service: 'd', output: [] },
      { service: 'e', output: [] },
    ],
    next: null,
  },
];

const clientOf = (asked: OutputRequest[]): Pick<ControlClient, 'output'> => ({
  async output(request = {}) {
    asked.push(request);
    const part = parts[asked.length - 1];
    if (part === undefined) throw new Error('asked once too often');
    return part;
  },
});

t.test('O-105 the client asks for part after part, each behind the one before it', async (t) => {
  const asked: OutputRequest[] = [];
  const told: string[] = [];
  for await (const { service } of heldOutput(clientOf(asked), { services: ['a'], lines: 3 })) told.push(service);
  t.strictSame(told, ['a', 'd', 'e']);
  t.strictSame(asked, [
    { services: ['a'], lines: 3 },
    { services: ['a'], lines: 3, after: 'b' },
    { services: ['a'], lines: 3, after: 'C' },
  ]);
});

t.test('O-105 the client asks for no part that nobody takes', async (t) => {
  const asked: OutputRequest[] = [];
  for await (const { service } of heldOutput(clientOf(asked))) {
    t.equal(service, 'a');
    break;
  }
  t.strictSame(asked, [{}]);
});
