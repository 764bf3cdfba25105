import t from 'tap';
import { createIdentities } from '../../../src/exec/identities.ts';
import type { TokenDone } from '../../../src/policy/events.ts';

function createScene() {
  const events: TokenDone[] = [];
  const identities = createIdentities((event) => void events.push(event));
  const request = (job: string, identity: string): void =>
    identities.request({ kind: 'request-token', job, service: 'web', key: 'web', identity, requiredPrivileges: null });
  return { identities, events, request };
}

t.test('SYSTEM is given at once, by its name in any case and by its SID, each time as a token of its own', async (t) => {
  const { identities, events, request } = createScene();
  for (const identity of ['SYSTEM', 'system', 'S-1-5-18', 's-1-5-18']) request(`as ${identity}`, identity);
  const facts = { uid: 0, summary: { user: 'S-1-5-18' } };
  t.strictSame(
    events.map((event) => ('facts' in event.outcome ? { ...event, outcome: { ...event.outcome, facts } } : event)),
    [
      { kind: 'token-done', job: 'as SYSTEM', outcome: { ok: true, token: 1, facts } },
      { kind: 'token-done', job: 'as system', outcome: { ok: true, token: 2, facts } },
      { kind: 'token-done', job: 'as S-1-5-18', outcome: { ok: true, token: 3, facts } },
      { kind: 'token-done', job: 'as s-1-5-18', outcome: { ok: true, token: 4, facts } },
    ],
  );
  t.equal(identities.use(3), null, 'with what peinit itself has');
});

t.test('every other identity is refused as long as there is no authority', async (t) => {
  const { events, request } = createScene();
  for (const identity of ['LocalService', 'SYSTEMS', 'MYSYSTEM', 'S-1-5-180', '']) {
    request('a', identity);
    t.strictSame(events.splice(0), [
      {
        kind: 'token-done',
        job: 'a',
        outcome: {
          ok: false,
          message:
            `no token for Identity "${identity}": the authority (authd) is not available; ` +
            'set Identity to SYSTEM or make authd available',
        },
      },
    ]);
  }
});

t.test('a token is good for one process, and for none when it was given back or never given', async (t) => {
  const { identities, request } = createScene();
  request('a', 'SYSTEM');
  request('b', 'SYSTEM');
  t.equal(identities.use(1), null);
  identities.drop(2);
  identities.drop(9);
  identities.cancel('b');
  for (const token of [0, 1, 2, 3]) t.throws(() => identities.use(token), { message: `token ${token} was not granted, or is used up` });
});
