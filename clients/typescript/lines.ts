/** What follows a request that is answered by a stream. One reader at a time. */
export interface Lines<Line> extends AsyncIterable<Line> {
  /** Resolves with the acknowledgement, or the first part; rejects where the request is refused, as the iteration does. */
  readonly opened: Promise<void>;
  /** Nothing more of it is wanted, as when the iteration is left. */
  leave(): void;
}
