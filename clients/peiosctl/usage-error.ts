/** The call was wrong: shown with the command's usage, once it is known which command it is. */
export class UsageError extends Error {
  override name = 'UsageError';
  usage: string | null = null;
}
