/** The files that take longest, the longest of each level first. They begin before all others: one that began last would run by itself. */
const longest: readonly string[] = [
  'test/machine/attacks/attacks.test.ts',
  'test/machine/peinit/attempts.test.ts',
  'test/machine/linux/sanitized.test.ts',
  'test/machine/registryd/kill.test.ts',
  'test/machine/eventd/hostile.test.ts',
  'test/machine/peinit/fields.test.ts',
  'test/machine/peiosctl-several.test.ts',
  'test/machine/peiosctl.test.ts',
  'test/machine/peinit/console.test.ts',
  'test/machine/peiosctl-calls.test.ts',
  'test/machine/peiosctl-logs.test.ts',
  'test/machine/peinit/jobs.test.ts',
  'test/machine/robustness/survival.test.ts',
  'test/machine/authd/tokens.test.ts',
  'test/machine/peinit/services.test.ts',
  'test/simulation/simulation.test.ts',
  'test/simulation/bugs-in-source.test.ts',
  'test/simulation/timers/timers.test.ts',
  'test/simulation/timers/bugs.test.ts',
  'test/simulation/planted-bugs.test.ts',
  'test/unit/policy/calendar/oracle.test.ts',
  'test/unit/policy/graph/scale.test.ts',
  'test/unit/generator/up-to-date.test.ts',
  'test/unit/wire/control/server.test.ts',
  'test/unit/security/access-properties.test.ts',
  'test/unit/eventd/store/properties.test.ts',
  'test/vm/recovery.test.ts',
  'test/vm/power-cut.test.ts',
  'test/vm/command-line.test.ts',
  'test/vm/boots.test.ts',
  'test/clients/rust.test.ts',
];

const placeOf = (file: string): number => {
  const place = longest.indexOf(file);
  return place === -1 ? longest.length : place;
};

/** For `toSorted`; files that are not in the list stay as they were. */
export const longestFirst = (a: string, b: string): number => placeOf(a) - placeOf(b);

/** How many files of a level run at a time. Machines wait for most of their time, for timeouts and for each other. */
export const atATime = (level: string): number => (level === 'machine' ? 3 : 2);
