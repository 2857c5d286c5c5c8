/** Does what a Pool asks this process for, until the pool is closed or its process has ended. */
export function answering<A, T extends { readonly kind: keyof A }>(answer: (task: T) => Promise<A[T['kind']]>): void {
  process.on('message', ({ number, task }: { number: number; task: T }) => {
    answer(task).then(
      (result) => process.send?.({ number, result }),
      (error: unknown) => process.send?.({ number, error: error instanceof Error ? error.stack ?? error.message : String(error) }),
    );
  });
  // Whoever has something to remove does so when this process exits, which it would not notice otherwise.
  process.once('SIGTERM', () => process.exit());
  process.once('disconnect', () => process.exit());
}
