/** A stream of changes that goes on over connections, and says where something is missing. */
import t from 'tap';
import type { Change } from '../../../clients/peiosctl/service-changes.ts';
import { followChanges } from '../../../clients/peiosctl/service-changes.ts';
import { ConnectionError, ControlError } from '../../../clients/typescript/transport.ts';

/** What peinit answers on one connection after the other: a boot, and the lines until the stream ends; or why it cannot be reached. */
interface Answering {
  readonly boot: string;
  readonly lines: readonly object[];
}
type Connection = Answering | Error;

function played(connections: readonly Connection[]) {
  const asked: object[] = [];
  const complaints: string[] = [];
  const rest = [...connections];
  const connect = async () => {
    const answering = rest.shift() ?? new ControlError('ACCESS_DENIED', 'that was all');
    if (answering instanceof Error) throw answering;
    const next: Answering = answering;
    return {
      call: async () => ({ boot_id: next.boot }),
      stream(_command: string, members: object) {
        asked.push(members);
        async function* lines() {
          yield* next.lines as object[];
        }
        return Object.assign(lines(), { opened: Promise.resolve() });
      },
      close: () => undefined,
    } as never;
  };
  return { asked, complaints, context: { connect, complain: (text: string) => void complaints.push(text) } };
}

const event = (id: number): object => ({ kind: 'event', id, event: 'service.gone', timestamp: '', payload: { service: `s${id}` } });
const lagged = { kind: 'lagged' };

/** All that is told until nobody answers any more, and what ends it. */
async function told(connections: readonly Connection[]) {
  const { context, ...seen } = played(connections);
  const changes: string[] = [];
  const shown = (change: Change): string => (change.kind === 'anew' ? change.why : String(change.line.id));
  try {
    for await (const change of await followChanges(context, ['service.*'])) changes.push(shown(change));
    return { ...seen, changes, end: null };
  } catch (error) {
    return { ...seen, changes, end: error instanceof Error ? error.message : error };
  }
}

t.test('O-115 after a lag all that peinit still holds is told, and nothing was missed', async (t) => {
  t.strictSame(
    await told([
      { boot: 'A', lines: [event(1), event(2), lagged] },
      { boot: 'A', lines: [event(3)] },
    ]),
    {
      asked: [{ events: ['service.*'] }, { events: ['service.*'], since: 2 }],
      complaints: [],
      changes: ['1', '2', '3'],
      end: 'that was all',
    },
  );
});

t.test('O-115 where events are gone states are to be read anew', async (t) => {
  const { asked, changes } = await told([
    { boot: 'A', lines: [event(1), lagged] },
    { boot: 'A', lines: [lagged, event(9), lagged] },
    { boot: 'A', lines: [event(10)] },
  ]);
  t.strictSame(
    asked.map((members) => (members as { since?: number }).since),
    [undefined, 1, 9],
  );
  t.strictSame(changes, ['1', 'lost', '9', '10']);
});

t.test('O-115 who was dropped before any event has missed what nobody can tell', async (t) => {
  const { asked, changes } = await told([
    { boot: 'A', lines: [lagged] },
    { boot: 'A', lines: [event(7)] },
  ]);
  t.strictSame(
    [asked, changes],
    [
      [{ events: ['service.*'] }, { events: ['service.*'] }],
      ['lost', '7'],
    ],
  );
});

t.test('O-115 ids of another boot say nothing of this one', async (t) => {
  const { asked, changes } = await told([
    { boot: 'A', lines: [event(100)] },
    { boot: 'B', lines: [event(1)] },
    { boot: 'B', lines: [event(2)] },
  ]);
  t.strictSame(
    asked.map((members) => (members as { since?: number }).since),
    [undefined, undefined, 1],
  );
  t.strictSame(changes, ['100', 'reboot', '1', '2']);
});

t.test('a peinit that is gone is looked for, which is said once', async (t) => {
  const nobody = new ConnectionError('nobody listens');
  const { changes, complaints, end } = await told([{ boot: 'A', lines: [event(1)] }, nobody, nobody, { boot: 'A', lines: [event(2)] }]);
  t.strictSame([changes, complaints, end], [['1', '2'], ['peinit is gone from its socket; looking for it for 60 s'], 'that was all']);
});
