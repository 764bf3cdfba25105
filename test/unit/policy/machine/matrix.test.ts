/** Every cell of the matrix of commands and states, typed by hand from the specification (PSD-007 11.2). */
import t from 'tap';
import type { State } from '../../../../gen/service/types.ts';
import type { CommandAnswer } from '../../../../src/policy/view.ts';
import { openControlRoom } from '../../../support/control-room.ts';
import { ofKind } from '../../../support/lists.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { reach } from '../../../support/states.ts';

type Command = 'start' | 'stop' | 'restart' | 'reload' | 'reset';
/** What a caller sees of a cell. */
type Seen = 'new' | 'join' | 'pending' | 'status' | 'over' | 'refused';

type Cell = readonly [id: string, command: Command, state: State, seen: Seen, after: State];
const cells: readonly Cell[] = [
  ['CMD-027', 'start', 'inactive', 'new', 'starting'],
  ['CMD-028', 'start', 'starting', 'join', 'starting'],
  ['CMD-029', 'start', 'active', 'status', 'active'],
  ['CMD-030', 'start', 'reloading', 'status', 'reloading'],
  ['CMD-031', 'start', 'stopping', 'pending', 'stopping'],
  ['CMD-032', 'start', 'completed', 'new', 'starting'],
  ['CMD-082', 'start', 'backoff', 'pending', 'backoff'],
  ['CMD-033', 'start', 'failed', 'new', 'starting'],
  ['CMD-034', 'start', 'abandoned', 'refused', 'abandoned'],
  ['CMD-035', 'start', 'skipped', 'over', 'skipped'],
  ['CMD-036', 'stop', 'inactive', 'status', 'inactive'],
  ['CMD-037', 'stop', 'starting', 'new', 'stopping'],
  ['CMD-038', 'stop', 'active', 'new', 'stopping'],
  ['CMD-039', 'stop', 'reloading', 'new', 'stopping'],
  ['CMD-040', 'stop', 'stopping', 'join', 'stopping'],
  ['CMD-041', 'stop', 'completed', 'over', 'inactive'],
  ['CMD-083', 'stop', 'backoff', 'over', 'inactive'],
  ['CMD-042', 'stop', 'failed', 'status', 'failed'],
  ['CMD-043', 'stop', 'abandoned', 'refused', 'abandoned'],
  ['CMD-044', 'stop', 'skipped', 'status', 'skipped'],
  ['CMD-045', 'restart', 'inactive', 'new', 'starting'],
  ['CMD-046', 'restart', 'starting', 'pending', 'starting'],
  ['CMD-047', 'restart', 'active', 'new', 'stopping'],
  ['CMD-048', 'restart', 'reloading', 'new', 'stopping'],
  ['CMD-049', 'restart', 'stopping', 'pending', 'stopping'],
  ['CMD-050', 'restart', 'completed', 'new', 'starting'],
  ['CMD-084', 'restart', 'backoff', 'pending', 'backoff'],
  ['CMD-051', 'restart', 'failed', 'new', 'starting'],
  ['CMD-052', 'restart', 'abandoned', 'refused', 'abandoned'],
  ['CMD-053', 'restart', 'skipped', 'over', 'skipped'],
  ['CMD-054', 'reload', 'inactive', 'refused', 'inactive'],
  ['CMD-055', 'reload', 'starting', 'refused', 'starting'],
  ['CMD-056', 'reload', 'active', 'new', 'reloading'],
  ['CMD-057', 'reload', 'reloading', 'join', 'reloading'],
  ['CMD-058', 'reload', 'stopping', 'refused', 'stopping'],
  ['CMD-059', 'reload', 'completed', 'refused', 'completed'],
  ['CMD-085', 'reload', 'backoff', 'refused', 'backoff'],
  ['CMD-060', 'reload', 'failed', 'refused', 'failed'],
  ['CMD-061', 'reload', 'abandoned', 'refused', 'abandoned'],
  ['CMD-062', 'reload', 'skipped', 'refused', 'skipped'],
  ['CMD-063', 'reset', 'inactive', 'status', 'inactive'],
  ['CMD-064', 'reset', 'starting', 'refused', 'starting'],
  ['CMD-065', 'reset', 'active', 'refused', 'active'],
  ['CMD-066', 'reset', 'reloading', 'refused', 'reloading'],
  ['CMD-067', 'reset', 'stopping', 'refused', 'stopping'],
  ['CMD-068', 'reset', 'completed', 'refused', 'completed'],
  ['CMD-086', 'reset', 'backoff', 'refused', 'backoff'],
  ['CMD-069', 'reset', 'failed', 'over', 'inactive'],
  ['CMD-070', 'reset', 'abandoned', 'over', 'inactive'],
  ['CMD-071', 'reset', 'skipped', 'over', 'inactive'],
];

function see(rig: Rig, answer: CommandAnswer, before: string | undefined): Seen {
  if (answer.kind === 'settled') return 'status';
  if (answer.kind === 'refused') return 'refused';
  if (answer.over) return 'over';
  if (answer.operation === before) return 'join';
  return rig.policy.operation(answer.operation)?.state === 'pending' ? 'pending' : 'new';
}

t.equal(cells.length, 50, 'five commands in ten states');
for (const [id, command, state, seen, after] of cells) {
  t.test(`${id} ${command} in state ${state}: ${seen}`, async (t) => {
    const rig = reach[state]();
    t.equal(rig.view('web').state, state);
    const live = rig.view('web').operation?.id;
    const answer = rig.command(command, 'web');
    t.equal(see(rig, answer, live), seen);
    t.equal(rig.view('web').state, after);
    const changed = ofKind(rig.last, 'operation-changed');
    if (seen === 'status' || seen === 'refused') t.same(changed, [], 'no operation is made');
    if (answer.kind === 'refused') {
      t.equal(answer.code, 'INVALID_STATE');
      t.match(answer.message, state, 'the message names the state');
    }
    if (seen === 'join') t.match(changed.at(-1), { operation: { state: 'merged', mergedInto: live } });
  });
}

const asked: readonly (readonly [id: string, state: State])[] = [
  ['CMD-072', 'inactive'],
  ['CMD-073', 'starting'],
  ['CMD-074', 'active'],
  ['CMD-075', 'reloading'],
  ['CMD-076', 'stopping'],
  ['CMD-077', 'completed'],
  ['CMD-078', 'failed'],
  ['CMD-079', 'abandoned'],
  ['CMD-080', 'skipped'],
  ['CMD-087', 'backoff'],
];
t.equal(asked.length, Object.keys(reach).length);
for (const [id, state] of asked) {
  t.test(`${id} status in state ${state}: its shape, and nothing is changed`, async (t) => {
    const rig = reach[state]();
    const before = rig.effects.length;
    const room = openControlRoom(t, { policy: rig.policy, submit: (event) => rig.send(event) });
    const client = await room.client();
    const answer = await client.ask({ command: 'status', service: 'web' });
    t.match(answer, { service: 'web', state, cause: rig.view('web').cause });
    for (const member of ['current_job', 'current_operation', 'warnings']) t.ok(member in answer, member);
    t.equal(rig.effects.length, before);
  });
}
