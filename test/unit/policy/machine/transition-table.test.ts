/** The table of transitions against one that was typed by hand. PSD-007 5.1. */
import t from 'tap';
import { transitions } from '../../../../gen/service/facts.ts';
import type { Cause, State } from '../../../../gen/service/types.ts';
import { causeNames, stateNames } from '../../../../gen/service/types.ts';
import { isListed } from '../../../../src/policy/steps.ts';
import { listedTexts } from '../../../support/transitions.ts';

const every = function* (): Generator<readonly [State, State, Cause]> {
  for (const from of stateNames) for (const to of stateNames) for (const cause of causeNames) yield [from, to, cause];
};

t.test('ST-044 the policy takes exactly the steps of the table, of all that there could be', async (t) => {
  t.equal(new Set(listedTexts).size, listedTexts.length, 'no step is listed twice');
  const taken = [...every()].filter(([from, to, cause]) => isListed(from, to, cause)).map(([from, to, cause]) => `${from}>${to} ${cause}`);
  t.strictSame(taken.sort(), [...listedTexts].sort());
});

t.test('ST-044 the schema lists the steps of the table and no others', async (t) => {
  const texts = transitions.flatMap(({ from, to, causes }) => causes.map((cause) => `${from}>${to} ${cause}`));
  t.strictSame(texts.sort(), [...listedTexts].sort());
});
