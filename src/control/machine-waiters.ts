import type { Client } from './client.ts';

/** Clients that wait for the machine to settle. BOOT-092. */
export interface MachineWaiters {
  wait(client: Client): void;
  /** Answers all of them; `answer` makes the text for one. */
  answerAll(answer: (client: Client) => string): void;
  forget(client: Client): void;
  readonly size: number;
}

export function createMachineWaiters(): MachineWaiters {
  const waiting = new Set<Client>();
  return {
    wait(client) {
      waiting.add(client);
    },
    answerAll(answer) {
      const due = [...waiting];
      waiting.clear();
      for (const client of due) client.answer(answer(client));
    },
    forget(client) {
      waiting.delete(client);
    },
    get size() {
      return waiting.size;
    },
  };
}
