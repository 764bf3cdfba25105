/**
 * A calendar expression: `DayOfWeek Year-Month-Day Hour:Minute:Second Timezone`. Each field is the set of values it matches, in rising
 * order; years are ranges with a step, because there are ten thousand of them. Plain data. PSD-007 9.1.
 */
export interface CalendarExpression {
  /** 1 Monday to 7 Sunday; null: any. */
  readonly weekdays: readonly number[] | null;
  /** Rising by their first year. */
  readonly years: readonly Range[];
  readonly months: readonly number[];
  /** 1 to 31, or counted from the last day of the month (1 is the last) with `daysFromEnd`. */
  readonly days: readonly number[];
  readonly daysFromEnd: boolean;
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
  /** IANA name, spelled as the zone database spells it; null: that of the machine. */
  readonly zone: string | null;
}

/** first, first + step, ... up to last. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Bounds of a field. */
export interface Bounds {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export const bounds = {
  year: { name: 'year', min: 0, max: 9999 },
  month: { name: 'month', min: 1, max: 12 },
  day: { name: 'day', min: 1, max: 31 },
  hour: { name: 'hour', min: 0, max: 23 },
  minute: { name: 'minute', min: 0, max: 59 },
  second: { name: 'second', min: 0, max: 59 },
} as const satisfies Record<string, Bounds>;

/** Monday first, as ISO 8601 numbers them. */
export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Names that stand for an expression. TMR-009..TMR-012, TMR-043..TMR-046. */
export const shortcuts: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
};
