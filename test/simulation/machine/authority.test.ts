/** A whole process 1 and an authority: one that is silent, and one that answers. */
import t from 'tap';
import { sealedFile } from '../../../src/linux/simulated/sealed.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { encodeTokenSpec } from '../../../src/security/token-spec.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';
import { serviceToken } from '../../support/tokens.ts';

const path = '/run/authd/authd.sock';

t.test('CTL-013 EXEC-014 a start whose authority is silent fails in time without a process, and nobody else waits', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', { Identity: 'db', RestartPolicy: 0 }) }) });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  const asked: string[] = [];
  let answer: ((client: SimulatedClient) => void) | null = null;
  scene.streams.serve(path, (client) => {
    client.onChange = () => {
      for (const line of client.takeLines()) {
        asked.push(line);
        answer?.(client);
      }
    };
  });
  const [starter, other] = [scene.client(), scene.client()];
  const before = scene.nowMs;
  starter.send({ command: 'start', service: 'web' });
  scene.run(1000);
  t.match(other.ask({ command: 'status', service: 'web' }, 100), { state: 'starting', current_job: { pid: null } });
  t.match(starter.answer(), { state: 'failed', outcome: 'failed' });
  t.ok(scene.nowMs - before < 5200, 'after five seconds, and not after StartTimeout');
  t.match(other.ask({ command: 'status', service: 'web' }), {
    cause: 'parent_setup_failure',
    detail: /no token for Identity "db": the authority \(authd\) did not answer within 5 s/,
  });
  t.strictSame(
    asked.map((line) => JSON.parse(line)),
    [{ identity: 'db', service: 'web' }],
    'the name as it stands in the registry',
  );
  t.strictSame(scene.running('/bin/web'), []);
  const token = serviceToken('web', { user: 'S-1-5-21-7-7-7-1001' });
  answer = (client) => client.send('{"status":"ok","name":"db"}\n', [sealedFile(encodeTokenSpec(token))]);
  t.match(starter.ask({ command: 'start', service: 'web' }), { state: 'active' });
  t.match(other.ask({ command: 'status', service: 'web' }), { uid: 61001, current_job: { identity: 'db' } });
  expectSound(t, scene);
});
