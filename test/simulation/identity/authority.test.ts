/**
 * The token table against an authority that is late, lost, lying, on a kernel that fails: nobody is ever granted what was not asked for,
 * each wish is answered at most once and each token is its own, whatever happens.
 */
import t from 'tap';
import { createTags } from '../../../src/exec/tags.ts';
import { sealedFile } from '../../../src/linux/simulated/sealed.ts';
import { createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import { grantable } from '../../../src/platform/hosted/identity/acceptance.ts';
import { createIdentities } from '../../../src/platform/hosted/identity/identities.ts';
import { readToken } from '../../../src/platform/hosted/identity/token-file.ts';
import type { TokenOutcome, TokenWish } from '../../../src/platform/identity.ts';
import { isSystemIdentity } from '../../../src/policy/definition/identity.ts';
import { privilegeMask } from '../../../src/security/privileges.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Token } from '../../../src/security/token.ts';
import type { TokenSpec } from '../../../src/security/token-spec.ts';
import { encodeTokenSpec } from '../../../src/security/token-spec.ts';
import { createRandom } from '../../support/random.ts';
import { serviceToken } from '../../support/tokens.ts';

const path = '/run/authd/authd.sock';
const everything = (1n << 64n) - 1n;
const system = 'S-1-5-18';
const lists = [null, null, [], ['SeShutdownPrivilege'], ['SeBackupPrivilege', 'SeDebugPrivilege'], ['SeNothing']] as const;

/** One life of a machine: many wishes, some taken back, some used, and an authority as it comes. */
function live(seed: number) {
  const random = createRandom(seed);
  const machine = createSimulatedKernel({ seed });
  const { kernel, streams, world, faults } = machine;
  const problems: string[] = [];
  const must = (condition: boolean, what: string): void => void (condition || problems.push(what));
  const loop = createSimulatedLoop(world, (error) => problems.push(String(error)));
  kernel.mkdir('/run/peinit', 0o755);
  const wishes = new Map<string, TokenWish>();
  const cancelled = new Set<string>();
  const answered = new Map<string, TokenOutcome>();
  const before = world.openDescriptors().length;
  let granted = 0;

  const identities = createIdentities({
    kernel,
    loop,
    tags: createTags(kernel),
    isSystem: isSystemIdentity,
    rootIsSystem: false,
    jobOf: () => null,
    warn: () => undefined,
    answer(job, outcome) {
      must(!answered.has(job), `${job} is answered twice`);
      must(!cancelled.has(job), `${job} is answered, though it was taken back`);
      answered.set(job, outcome);
    },
  });

  /** What the authority says of a service: mostly the truth. */
  function specOf(service: string): TokenSpec {
    const lies: readonly (() => readonly [Partial<Token>, Partial<TokenSpec>])[] = [
      () => [{ user: system }, {}],
      () => [{ user: 'S-1-5-20' }, {}],
      () => [{ privilegesPresent: everything, privilegesEnabled: everything }, {}],
      () => [{ groups: [{ sid: system, attributes: 7 }] }, {}],
      () => [{ groups: [{ sid: serviceSid('other'), attributes: 7 }] }, {}],
      () => [{ integrity: 16384 }, {}],
      () => [{}, { uid: 0 }],
      () => [{}, { gid: 0 }],
      () => [{}, { supplementary: [0x50000000 + random.below(20)] }],
      () => [{ privilegesPresent: grantable, privilegesEnabled: grantable, type: 'impersonation', level: 2 }, {}],
    ];
    if (random.chance(0.75)) return serviceToken(service, { privilegesPresent: grantable, privilegesEnabled: grantable });
    const [token, ids] = random.pick(lies)();
    return serviceToken(random.chance(0.2) ? 'other' : service, token, ids);
  }

  function reply(client: SimulatedClient, service: string): void {
    const handle = random.chance(0.05) ? openFile('null', {}) : sealedFile(encodeTokenSpec(specOf(service)));
    const text = random.chance(0.05) ? '{"status":"error","code":"BUSY","message":"later"}\n' : '{"status":"ok","name":"svc"}\n';
    const damaged = random.chance(0.04) ? text.slice(0, random.below(text.length)) : text;
    client.send(damaged, random.chance(0.05) ? [] : [handle]);
    if (random.chance(0.04)) client.send(text, [handle]);
    if (random.chance(0.03)) client.close();
  }

  streams.serve(path, (client) => {
    client.onChange = () => {
      for (const line of client.takeLines()) {
        const { service } = JSON.parse(line) as { service: string };
        if (random.chance(0.03)) continue;
        world.schedule(BigInt(random.below(random.chance(0.9) ? 5e6 : 7e9)), () => reply(client, service));
      }
    };
  });

  /** The token as it was told to the daemons is no more than was asked for. */
  function check(job: string, tag: number): void {
    const wish = wishes.get(job);
    faults.enabled = false;
    const spec = readToken(kernel, tag)?.spec;
    faults.enabled = true;
    if (spec === undefined || wish === undefined) return must(false, `the token of ${job} is not told to the daemons`);
    const { token } = spec;
    const isSystem = isSystemIdentity(wish.identity);
    must(token.user === (isSystem ? system : 'S-1-5-19'), `${job} is ${token.user}`);
    const keep = wish.requiredPrivileges === null ? everything : privilegeMask(wish.requiredPrivileges);
    must(typeof keep === 'bigint', `${job} has a token in spite of a privilege that there is not`);
    const most = (typeof keep === 'bigint' ? keep : 0n) & (isSystem ? everything : grantable);
    must(
      (token.privilegesPresent & ~most) === 0n && (token.privilegesEnabled & ~token.privilegesPresent) === 0n,
      `${job} has too many privileges`,
    );
    const services = token.groups.filter(({ sid }) => sid.startsWith('S-1-5-80-')).map(({ sid, attributes }) => `${sid} ${attributes}`);
    must(services.join() === `${serviceSid(wish.service ?? '')} 7`, `${job} is of the services ${services.join()}`);
    must(isSystem || !token.groups.some(({ sid }) => sid === system), `${job} has the group of SYSTEM`);
    must(isSystem || (spec.uid !== 0 && spec.gid !== 0 && token.integrity < 16384), `${job} has ids or the level of SYSTEM`);
    must(token.type === 'primary', `${job} has no primary token`);
  }

  const tagsInUse = new Map<number, string>();
  for (let number = 0; number < 150; number++) {
    const job = `job${number}`;
    const identity = random.chance(0.3) ? 'SYSTEM' : 'LocalService';
    const wish: TokenWish = { job, service: `s${random.below(5)}`, identity, requiredPrivileges: random.pick(lists) };
    wishes.set(job, wish);
    identities.request(wish);
    if (random.chance(0.1) && !answered.has(job)) {
      cancelled.add(job);
      identities.cancel(job);
    }
    loop.runFor(random.below(random.chance(0.95) ? 4 : 3000));
    for (const [each, outcome] of answered) {
      if (!outcome.ok || !wishes.has(each)) continue;
      granted += 1;
      const used = random.chance(0.1) ? identities.drop(outcome.token) : identities.use(outcome.token);
      if (typeof used === 'object') {
        const { tag } = used;
        must(tag !== null && !tagsInUse.has(tag), `${each} has the mark of ${tagsInUse.get(tag ?? 0)}`);
        if (tag !== null) tagsInUse.set(tag, each);
        if (tag !== null) check(each, tag);
        if (random.chance(0.7)) identities.ended(each);
      }
      wishes.delete(each);
    }
  }
  loop.runFor(30_000);
  for (const [job] of wishes) must(answered.has(job) || cancelled.has(job), `${job} was never answered`);
  must(world.violations.length === 0, world.violations.join('; '));
  must(world.openDescriptors().length - before <= 1, `${world.openDescriptors().length - before} descriptors are left`);
  return { problems, granted, refused: [...answered.values()].filter(({ ok }) => !ok).length };
}

t.test('PRIN-004 PRIN-009 PRIN-011 ID-006 ID-011 whatever the authority does, nobody gets what was not asked for', async (t) => {
  let granted = 0;
  let refused = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const life = live(seed);
    t.strictSame(life.problems, [], `seed ${seed}`);
    granted += life.granted;
    refused += life.refused;
  }
  t.ok(granted > 2000 && refused > 1000, `${granted} tokens, ${refused} refusals`);
});
