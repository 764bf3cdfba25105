/** The name as the zone database spells it; null: it has none such. TMR-013. */
export function zoneName(name: string): string | null {
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return null;
  }
}
