import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Election, NotLeading, type Lease, type LeaseStore } from './leader.ts';

/** The Lease on an API server, and the time that passes while the election sleeps. */
class World implements LeaseStore {
  lease: Lease | undefined;
  time = 0;
  /** What happens in the world whenever someone sleeps. */
  meanwhile: () => void | Promise<void> = () => undefined;
  /** Each call may fail or take its time. */
  network: (call: 'read' | 'write') => void | Promise<void> = () => undefined;
  /** The API server's clock. */
  answersAt: number | undefined;
  #version = 0;

  constructor(lease?: Partial<Lease>) {
    if (lease) this.set(lease);
  }

  set(lease: Partial<Lease>): void {
    this.lease = { holder: 'other', term: 1, durationMs: 15_000, ...lease, resourceVersion: String(++this.#version) };
  }

  async read(): Promise<Lease | undefined> {
    await this.network('read');
    return this.lease;
  }

  async create(lease: Omit<Lease, 'resourceVersion'>): Promise<Lease> {
    await this.network('write');
    if (this.lease) throw new Error('already exists');
    return this.#store(lease);
  }

  async update(lease: Lease): Promise<Lease> {
    await this.network('write');
    if (this.lease?.resourceVersion !== lease.resourceVersion) throw new Error('conflict');
    return this.#store(lease);
  }

  election(identity = 'me'): Election {
    return new Election({
      store: this,
      monotonic: () => this.time,
      sleep: async (ms) => {
        this.time += ms;
        await this.meanwhile();
      },
      log: () => undefined,
    }, identity);
  }

  #store(lease: Omit<Lease, 'resourceVersion'>): Lease {
    this.lease = { ...lease, resourceVersion: String(++this.#version), toldAt: this.answersAt };
    return this.lease;
  }
}

function down(): void {
  throw new Error('no answer');
}

async function leader(world: World, highestTerm = 0): Promise<Election> {
  const election = world.election();
  await election.acquire(() => highestTerm);
  return election;
}

describe('an election is won', () => {
  test.each<[string, Partial<Lease> | undefined]>([
    ['there is no Lease', undefined],
    ['nobody holds the Lease', { holder: '' }],
  ])('at once when %s', async (_case, lease) => {
    const world = new World(lease);
    const election = await leader(world);
    expect(election.leading).toBe(true);
    expect(world.time).toBe(0);
    expect(world.lease).toMatchObject({ holder: 'me', term: election.term });
  });

  test.each<[string, number | undefined, number]>([['when the API server took it down', 5_000, 5_000], ['nobody knows when, without its clock', undefined, Infinity]])(
    'for a term that began %s', async (_when, toldAt, since) => {
      const world = new World({ holder: '', toldAt: 1_000 });
      world.network = (call) => {
        if (call === 'write') world.answersAt = toldAt;
      };
      const election = await leader(world);
      expect(election.since).toBe(since);
      world.network = () => {
        world.answersAt = 9_000;
      };
      world.meanwhile = () => (world.time >= 6_000 ? election.release() : undefined);
      await election.keep();
      expect(election.since).toBe(since);
    },
  );

  test('when a holder has not renewed for the whole duration, and not before', async () => {
    const world = new World({ holder: 'other', durationMs: 15_000 });
    await leader(world);
    expect(world.time).toBeGreaterThan(15_000);
    expect(world.time).toBeLessThanOrEqual(15_000 + 2 * 2_000);
  });

  test('only after a holder that renews has stopped to', async () => {
    const world = new World({ holder: 'other' });
    world.meanwhile = () => {
      if (world.time <= 60_000) world.set({ holder: 'other' });
    };
    await leader(world);
    expect(world.time).toBeGreaterThan(75_000);
  });

  test('counting by the duration that the holder promised', async () => {
    const world = new World({ holder: 'other', durationMs: 60_000 });
    await leader(world);
    expect(world.time).toBeGreaterThan(60_000);
  });

  test('when the API server answers again', async () => {
    const world = new World();
    let calls = 0;
    world.network = () => {
      calls += 1;
      if (calls < 5) down();
    };
    expect((await leader(world)).leading).toBe(true);
  });

  test('by the other one when both try to take the Lease', async () => {
    const world = new World({ holder: '' });
    let first = true;
    world.network = (call) => {
      if (call !== 'write' || !first) return;
      first = false;
      world.set({ holder: 'other', term: 7 });
    };
    const election = await leader(world);
    expect(election.term).toBe(8);
    expect(world.time).toBeGreaterThan(15_000);
  });
});

describe('the term', () => {
  test.each<[string, Partial<Lease> | undefined, number, number]>([
    ['of the first leader is 1', undefined, 0, 1],
    ['is above that of the Lease', { holder: '', term: 4 }, 0, 5],
    ['is above the highest that objects bear', { holder: '', term: 4 }, 9, 10],
    ['is above the highest that objects bear when the Lease was deleted', undefined, 9, 10],
    ['is above that of the Lease when objects bear a lower one', { holder: '', term: 9 }, 4, 10],
  ])('%s', async (_case, lease, highest, expected) => {
    const world = new World(lease);
    const election = await leader(world, highest);
    expect(election.term).toBe(expected);
    expect(world.lease?.term).toBe(expected);
  });

  test('is 0 without leadership', async () => {
    const world = new World();
    expect(world.election().term).toBe(0);
    const election = await leader(world);
    await election.release();
    expect(election.term).toBe(0);
  });

  test('grows when the same process identity leads again', async () => {
    const world = new World();
    const first = await leader(world);
    const { term } = first;
    await first.release();
    expect((await leader(world)).term).toBe(term + 1);
  });
});

describe('a leader', () => {
  test('goes on as long as it renews', async () => {
    const world = new World();
    const election = await leader(world);
    let leading = true;
    world.meanwhile = async () => {
      leading &&= election.leading;
      if (world.time > 3_600_000) await election.release();
    };
    expect(await election.keep()).toBe('Released');
    expect(leading).toBe(true);
  });

  test('that cannot renew stops at the deadline, although nobody else took the Lease', async () => {
    const world = new World();
    const election = await leader(world);
    world.network = down;
    world.time = 9_999;
    expect(election.leading).toBe(true);
    expect(() => election.assertLeading()).not.toThrow();
    world.time = 10_000;
    expect(election.leading).toBe(false);
    expect(() => election.assertLeading()).toThrow(NotLeading);
    expect(world.lease?.holder).toBe('me');
  });

  test('that could not renew until the deadline has lost', async () => {
    const world = new World();
    const election = await leader(world);
    world.network = down;
    expect(await election.keep()).toBe('Lost');
    expect(election.leading).toBe(false);
    expect(world.time).toBeLessThanOrEqual(12_000);
  });

  test('whose process stood still does not renew what it may have lost', async () => {
    const world = new World();
    const election = await leader(world);
    world.meanwhile = () => {
      world.time += 60_000;
    };
    expect(await election.keep()).toBe('Lost');
    expect(() => election.assertLeading()).toThrow(NotLeading);
  });

  test('survives some renewals that fail', async () => {
    const world = new World();
    const election = await leader(world);
    world.meanwhile = async () => {
      world.network = world.time > 10_000 && world.time < 16_000 ? down : () => undefined;
      if (world.time > 60_000) await election.release();
    };
    expect(await election.keep()).toBe('Released');
  });

  test('whose renewal was done but not answered goes on', async () => {
    const world = new World();
    const election = await leader(world);
    let lost = false;
    world.meanwhile = async () => {
      if (!lost) {
        lost = true;
        world.set({ holder: 'me', term: election.term });
      }
      if (world.time > 60_000) await election.release();
    };
    expect(await election.keep()).toBe('Released');
  });

  test('whose Lease was stolen has lost', async () => {
    const world = new World();
    const election = await leader(world);
    world.meanwhile = () => world.set({ holder: 'thief', term: 5 });
    expect(await election.keep()).toBe('Lost');
    expect(() => election.assertLeading()).toThrow(NotLeading);
    expect(world.lease).toMatchObject({ holder: 'thief', term: 5 });
  });

  test('whose Lease was deleted and made by another has lost', async () => {
    const world = new World();
    const election = await leader(world);
    world.meanwhile = () => {
      world.lease = undefined;
      world.set({ holder: 'other', term: 9 });
    };
    expect(await election.keep()).toBe('Lost');
    expect(world.lease?.holder).toBe('other');
  });

  test('counts its time from before the request that renewed', async () => {
    const world = new World();
    world.network = (call) => {
      if (call === 'write') world.time += 4_000;
    };
    const election = await leader(world);
    world.time = 10_000;
    expect(election.leading).toBe(false);
  });
});

describe('the wall clock', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([['ahead', 86_400_000], ['back', -86_400_000]])('may jump a day %s without a change of leadership', async (_direction, ms) => {
    jest.useFakeTimers({ now: 1_800_000_000_000 });
    const world = new World();
    const election = await leader(world);
    jest.setSystemTime(1_800_000_000_000 + ms);
    expect(election.leading).toBe(true);
    const other = new World({ holder: 'other' });
    await leader(other);
    expect(other.time).toBeGreaterThan(15_000);
  });
});

describe('a release', () => {
  test('lets the next one lead at once', async () => {
    const world = new World();
    const election = await leader(world);
    await election.release();
    expect(election.leading).toBe(false);
    expect(world.lease?.holder).toBe('');
    const next = world.election('next');
    await next.acquire(() => 0);
    expect(world.time).toBe(0);
    expect(next.leading).toBe(true);
  });

  test('leaves the Lease of another alone', async () => {
    const world = new World();
    const election = await leader(world);
    world.set({ holder: 'thief' });
    await election.release();
    expect(world.lease?.holder).toBe('thief');
  });

  test('ends the wait of one who does not lead yet', async () => {
    const world = new World({ holder: 'other' });
    const election = world.election();
    world.meanwhile = async () => {
      world.set({ holder: 'other' });
      if (world.time > 30_000) await election.release();
    };
    await election.acquire(() => 0);
    expect(election.leading).toBe(false);
    expect(world.lease?.holder).toBe('other');
  });

  test('while the Lease is being taken gives it back', async () => {
    const world = new World();
    const election = world.election();
    let asked = false;
    world.network = async (call) => {
      if (call !== 'write' || asked) return;
      asked = true;
      await election.release();
    };
    await election.acquire(() => 0);
    expect(election.leading).toBe(false);
    expect(world.lease?.holder).toBe('');
  });
});
