import { errno } from '../kernel/errno.ts';
import type { Descriptors } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';

/**
 * Watches the error pipe of a child up to its end and hands over what came, nothing when exec closed it. Returns a function that reads what
 * is there now, for the moment in which the child is reaped before its pipe was served; after that the set-up is over in any case.
 * EXEC-016, EXEC-018.
 */
export function watchSetupPipe(kernel: Descriptors, loop: Loop, pipe: number, done: (record: Uint8Array) => void): () => void {
  const collected: number[] = [];
  const chunk = new Uint8Array(64);
  let over = false;

  function finish(): void {
    if (over) return;
    over = true;
    watch.close();
    kernel.close(pipe);
    done(Uint8Array.from(collected));
  }

  function serve(): void {
    for (;;) {
      const length = kernel.read(pipe, chunk);
      if (length === -errno.EAGAIN || length === -errno.EINTR) return;
      if (length <= 0 || collected.length > chunk.length) return finish();
      collected.push(...chunk.subarray(0, length));
    }
  }

  const watch = loop.watch(pipe, { read: true }, 'signal', serve);
  return () => {
    if (over) return;
    serve();
    finish();
  };
}
