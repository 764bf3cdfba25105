import t from 'tap';
import { container } from '../../support/in-container.ts';
import { cannotRun } from '../../support/machine.ts';
import { measure } from './measure.ts';
import { table } from './table.ts';

/** No answer is late that comes within this, however quick the quiet machine is. */
const floorMs = 1_000;
const timesQuiet = 20;
const mostMb = 80;

for (const attack of table) {
  t.test(`${attack.who}: ${attack.what}`, { skip: cannotRun || (container && attack.needsCgroups === true) }, async (t) => {
    const { failure, harmed, quietMs, worstMs, quietMb, peakMb } = await measure(t, attack);
    const boundMs = Math.max(floorMs, timesQuiet * quietMs);
    t.comment(`answers ${quietMs.toFixed(0)} -> ${worstMs.toFixed(0)} ms, memory ${quietMb.toFixed(0)} -> ${peakMb.toFixed(0)} MB`);
    t.equal(failure, null);
    t.strictSame(harmed, [], 'no healthy service came to harm');
    t.ok(worstMs < boundMs, `others were answered within ${boundMs.toFixed(0)} ms, at worst ${worstMs.toFixed(0)}`);
    t.ok(peakMb < mostMb, `PID 1 stays under ${mostMb} MB, at most ${peakMb.toFixed(1)}`);
  });
}
