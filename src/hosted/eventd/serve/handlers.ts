/** One handler for each call of the socket where records are asked for. */
import { aroundStoredEventPayload, encodeGap } from '../../../../gen/output/encode.ts';
import type { QueryCommands } from '../../../../gen/output/handlers.ts';
import type { EventEntry } from '../../../../gen/output/types.ts';
import { readyList } from '../../../json/text.ts';
import type { Answer, Handlers } from '../../daemon/dispatch.ts';
import type {
  BootSummary,
  Cleared,
  ClearFilter,
  Clearing,
  EventFilter,
  EventText,
  Gap,
  LogFilter,
  LogLine,
  Scan,
  ScanOptions,
  StorageSummary,
} from '../store/model.ts';
import { clearFilter, eventFilter, logFilter, named, scanOptions } from './filters.ts';
import type { Found, Question } from './query.ts';
import { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';
import type { Slices } from './slices.ts';

/** What is asked of the store. Whatever cannot be done throws. */
export interface QueryStore {
  isPassed(cursor: string): boolean;
  logs(filter: LogFilter, options: ScanOptions): Scan<LogLine>;
  events(filter: EventFilter, options: ScanOptions): Scan<EventText>;
  boots(): readonly BootSummary[];
  storage(): StorageSummary;
  clear(filter: ClearFilter): Clearing;
}

export interface HandlerParts {
  readonly store: QueryStore;
  readonly slices: Slices;
  /** Why nothing can be stored now; null: it can. */
  problem(): string | null;
  /** Boot of process 1, as far as it is known. */
  currentBoot(): string | null;
}

const daySeconds = 86_400;

/** What is stored of an event is JSON already, and goes on as it was told. */
function eventText(entry: EventText | Gap): string {
  if (entry.kind === 'gap') return encodeGap(entry);
  const { before, after } = aroundStoredEventPayload(entry);
  return before + entry.payload + after;
}

export function createHandlers({ store, slices, problem, currentBoot }: HandlerParts): Handlers<QueryCommands, Session> {
  function demandBoot(boot: string | undefined): void {
    if (boot === undefined || boot === currentBoot() || store.boots().some(({ boot_id }) => boot_id === boot)) return;
    throw new Refusal('UNKNOWN_BOOT', `nothing is stored of a boot ${boot}`);
  }

  function demandPlace(cursor: string | null): void {
    if (cursor === null || !store.isPassed(cursor)) return;
    throw new Refusal('TOO_SLOW', 'what was stored since the last part is deleted already, for MaxSize or MaxAge');
  }

  /** Has a question asked in `session`, and its parts answered. */
  function ask<Entry extends { readonly kind: string }, Response>(
    session: Session,
    question: Question<Entry>,
    answer: Answer<Response>,
    response: (found: Found<Entry>) => Response,
  ): void {
    const { caller, connection } = session;
    session.begin(
      (over) =>
        new Query<Entry>(
          question,
          {
            user: caller.holder.user,
            get congested() {
              return connection.congested;
            },
            found: (part) => answer.done(response(part)),
            failed: answer.failed,
            over,
          },
          slices,
        ),
    );
  }

  return {
    logs(session, request) {
      const { caller } = session;
      const filter = logFilter(request, caller);
      const options = scanOptions(request);
      const demand = (): void => caller.demandLines('EVENTD_READ', filter.services);
      demand();
      demandBoot(request.boot);
      const question: Question<LogLine> = {
        ...options,
        follow: request.follow ?? false,
        scan(from, isFollowing) {
          demand();
          if (isFollowing) demandPlace(from.after);
          return store.logs(filter, from);
        },
      };
      return (answer) => ask(session, question, answer, (found) => found);
    },
    events(session, request) {
      const { caller } = session;
      const filter = eventFilter(request, caller);
      const options = scanOptions(request);
      const demand = (): void => caller.demandEvents('EVENTD_READ', filter.names);
      demand();
      demandBoot(request.boot);
      const question: Question<EventText> = {
        ...options,
        follow: request.follow ?? false,
        scan(from, isFollowing) {
          demand();
          if (isFollowing) demandPlace(from.after);
          return store.events(filter, from);
        },
      };
      return (answer) =>
        ask(session, question, answer, ({ entries, ...rest }) => ({
          entries: readyList<EventEntry>(entries.map(eventText).join(',')),
          ...rest,
        }));
    },
    boots({ caller }) {
      caller.demandAnything();
      return ({ done }) => done({ boots: store.boots().map((boot) => ({ ...boot, current: boot.boot_id === currentBoot() })) });
    },
    storage({ caller }) {
      caller.demandAnything();
      return ({ done }) => {
        const { limits, ...rest } = store.storage();
        const { maxBytes, maxAgeSeconds } = limits;
        done({
          ...rest,
          max_bytes: maxBytes,
          max_age_days: maxAgeSeconds === null ? null : maxAgeSeconds / daySeconds,
          problem: problem(),
        });
      };
    },
    clear(session, request) {
      const { caller } = session;
      const filter = clearFilter(request, caller);
      if (request.of !== 'event') caller.demandLines('EVENTD_CLEAR', named(request.services));
      else caller.demandEvents('EVENTD_CLEAR', null);
      demandBoot(request.boot);
      return ({ done, failed }) =>
        session.begin((over) => {
          const clearing = store.clear(filter);
          const work = {
            user: caller.holder.user,
            step(): boolean {
              try {
                const { lines, events, done: isDone }: Cleared = clearing.step();
                if (!isDone) return true;
                done({ lines, events });
              } catch (error) {
                failed(error);
              }
              over();
              return false;
            },
          };
          slices.ready(work);
          return { stored: () => undefined, drained: () => undefined, renew: () => undefined, end: () => slices.leave(work) };
        });
    },
  };
}
