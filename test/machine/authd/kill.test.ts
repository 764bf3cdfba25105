/** Killed at any moment, the authority forgets nothing that it has said, and says nothing twice. */
import t from 'tap';
import { seeded } from '../../support/random.ts';
import { startDaemon } from '../registryd/daemon.ts';
import { startAuthority } from './authority.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root';
const rounds = Number(process.env['AUTHD_KILLS'] ?? 40);
/** Longest time between the first request of a round and the kill. */
const longestMs = 80;
const services = 400;

t.test(`O-30 O-79 ${rounds} times killed in the middle of requests, authd has lost no number and given none twice`, { skip }, async (t) => {
  const random = seeded();
  t.comment(`PEINIT_SEED=${random.seed}`);
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const authority = 'Machine\\System\\Authority';
  for (const path of [
    authority,
    `${authority}\\Accounts`,
    ...Array.from({ length: 40 }, (_, index) => `${authority}\\Accounts\\a${index}`),
  ])
    await registry.create({ path });
  /** What was told, by whom it was told of. */
  const told = new Map<string, string>();
  const wrong: string[] = [];
  let answered = 0;
  for (let round = 0; round < rounds; round++) {
    const authd = await startAuthority(t, daemon.directory);
    const peer = authd.connect();
    const asked = Array.from(
      { length: 40 },
      () => [random.pick(['LocalService', 'NetworkService', `a${random.below(40)}`]), `s${random.below(services)}`] as const,
    );
    for (let from = 0; from < asked.length; from += 8) peer.ask(...asked.slice(from, from + 8));
    await new Promise((resolve) => setTimeout(resolve, random.fraction() * longestMs));
    authd.signal('SIGKILL');
    await authd.ended;
    const answers = await peer.answers(asked.length);
    peer.close();
    for (const [index, answer] of answers.entries()) {
      const [identity = '', service = ''] = asked[index] ?? [];
      if (answer.status !== 'ok') {
        wrong.push(`round ${round}: ${JSON.stringify(answer)}`);
        continue;
      }
      answered += 1;
      const { spec } = answer;
      const owner = identity.startsWith('a') ? identity : `${identity}/${service}`;
      for (const [subject, number] of [
        [`uid of ${owner}`, `uid ${spec.uid}`],
        [`sid of ${owner}`, spec.token.user],
        [`gid of ${service}`, `gid ${identity.startsWith('a') ? spec.supplementary.at(-1) : spec.gid}`],
      ] as const) {
        const before = told.get(subject);
        if (before !== undefined && before !== number) wrong.push(`round ${round}: the ${subject} was ${before} and is ${number}`);
        told.set(subject, number);
      }
    }
  }
  const uids = [...told]
    .filter(([subject]) => subject.startsWith('uid of') || subject.startsWith('gid of'))
    .map(([, number]) => number.slice(4));
  t.equal(new Set(uids).size, uids.length, 'no number is of two');
  const { values } = await registry.queryAll({ path: `${authority}\\Ids` });
  const written = values.filter(({ name }) => name !== 'NextId').map(({ data }) => String(data));
  t.equal(new Set(written).size, written.length, 'no number is written twice');
  t.strictSame(
    uids.filter((number) => !written.includes(number)),
    [],
    'what was told is written',
  );
  t.strictSame(wrong, []);
  t.ok(answered > rounds, `${answered} tokens, ${written.length} numbers`);
});
