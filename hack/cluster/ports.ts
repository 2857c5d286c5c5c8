import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that the kernel hands to outgoing connections and below Kubernetes' node ports: nothing takes these by chance. */
const lowest = 20_000;
const highest = 29_999;

/** Distinct ports that nothing on loopback listens on. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let attempts = 0; found.size < count; attempts += 1) {
    if (attempts > 200) throw new Error(`no ${String(count)} free ports between ${String(lowest)} and ${String(highest)} on 127.0.0.1`);
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
