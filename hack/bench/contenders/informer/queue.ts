const firstBackoffMs = 5;
const lastBackoffMs = 60_000;

/**
 * Returns what adds a key. A key waits at most once, is never processed twice at a time, and is processed again when it
 * was added meanwhile, or later when processing it failed.
 */
export function createQueue(workers: number, process: (key: string) => Promise<void>): (key: string) => void {
  const waiting = new Set<string>();
  const active = new Set<string>();
  const failures = new Map<string, number>();

  const add = (key: string): void => {
    waiting.add(key);
    pump();
  };
  const pump = (): void => {
    for (const key of waiting) {
      if (active.size >= workers) return;
      if (active.has(key)) continue;
      waiting.delete(key);
      active.add(key);
      void run(key);
    }
  };
  const run = async (key: string): Promise<void> => {
    try {
      await process(key);
      failures.delete(key);
    } catch (error) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      console.error(`${key}: ${error instanceof Error ? error.message : String(error)}`);
      setTimeout(() => add(key), Math.min(firstBackoffMs * 2 ** failed, lastBackoffMs));
    } finally {
      active.delete(key);
      pump();
    }
  };
  return add;
}
