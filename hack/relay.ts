import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server, and passes bytes on. Counts and breaks connections, and sees nothing of what is in them. */
export interface Relay {
  /** Address to use in place of the server's. */
  readonly server: string;
  /** Connections that were opened so far. */
  readonly opened: () => number;
  /** Of these, those beyond the most that were open at a time: a client had one, and did not use it again. */
  readonly reopened: () => number;
  /** From now on nothing comes or goes on the connections that are open, and neither side is told; new ones work. */
  readonly blackHole: () => void;
  /** Resets the connections that are open. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

type Pair = readonly [Socket, Socket];

export async function openRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const open = new Set<Pair>();
  let [opened, most] = [0, 0];
  const server = createServer((near) => {
    opened += 1;
    const pair: Pair = [near, connect({ host: hostname, port: Number(port), noDelay: true })];
    near.setNoDelay(true);
    open.add(pair);
    most = Math.max(most, open.size);
    join(pair, () => open.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => open.forEach((pair) => pair.forEach((socket) => socket.resetAndDestroy()));
  return {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened: () => opened,
    reopened: () => opened - most,
    blackHole: () => {
      for (const [near, far] of open) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join([near, far]: Pair, ended: () => void): void {
  near.pipe(far);
  far.pipe(near);
  for (const [socket, other] of [[near, far], [far, near]] as const) {
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      other.destroy();
      ended();
    });
  }
}
