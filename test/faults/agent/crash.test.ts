import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { FileHandle } from 'node:fs/promises';
import type { Volumes as AnyVolumes } from '../../../operator/agent/testing/volumes.ts';

/** Each call to the file system is one step; from the step `diesAt` on, all of them fail, as if the process were gone. */
const machine = { steps: 0, diesAt: Infinity };
const real = await import('node:fs/promises');

function step(): void {
  machine.steps += 1;
  if (machine.steps >= machine.diesAt) throw Object.assign(new Error('killed'), { code: 'EIO', syscall: 'killed' });
}

type Call = (...args: never[]) => Promise<unknown>;
const counted = (call: Call): Call => async (...args) => {
  step();
  return call(...args);
};

/** Writes in two halves, so that a process can die in the middle of a file. Only the process dies, not the machine, so nothing waits for the disk. */
function mortalHandle(handle: FileHandle): FileHandle {
  return Object.assign(Object.create(handle) as FileHandle, {
    stat: () => handle.stat(),
    close: () => handle.close(),
    sync: counted(() => Promise.resolve()),
    read: counted(handle.read.bind(handle) as Call),
    writeFile: async (chunk: Buffer) => {
      for (const half of [chunk.subarray(0, chunk.length >> 1), chunk.subarray(chunk.length >> 1)]) {
        step();
        await handle.writeFile(half);
      }
    },
  });
}

jest.unstable_mockModule('node:fs/promises', () => ({
  ...real,
  open: async (path: string, flags?: string) => {
    step();
    return mortalHandle(await real.open(path, flags));
  },
  writeFile: async (path: string, content: string, options?: { flag?: string }) => {
    const handle = mortalHandle(await real.open(path, options?.flag ?? 'w'));
    await handle.writeFile(Buffer.from(content)).finally(() => handle.close());
  },
  mkdir: counted(real.mkdir as Call),
  rename: counted(real.rename as Call),
  rm: counted(real.rm as Call),
}));

const { namesIn, treeOf, Volumes } = await import('../../../operator/agent/testing/volumes.ts');
const model = treeOf({ 'folder/model.joblib': 'weights' });

let volumes: AnyVolumes;
let digest: string;
beforeEach(async () => {
  machine.diesAt = Infinity;
  volumes = await Volumes.create();
  digest = await volumes.published(model);
});
afterEach(() => volumes.remove());

async function publishDyingAt(diesAt: number): Promise<number> {
  machine.steps = 0;
  machine.diesAt = diesAt;
  const { exitCode } = await volumes.publish();
  machine.diesAt = Infinity;
  return exitCode;
}

/** The store is sound: what lies under a digest is whole, and a record that is there can be read and names what is there. */
async function expectSound(): Promise<void> {
  for (const hex of await namesIn(volumes.path('store', 'team', 'sha256'))) expect((await volumes.verify(`sha256:${hex}`)).exitCode).toBe(0);
  if ((await namesIn(volumes.path('store', 'team', 'runs', 'run-1'))).length > 0) {
    expect((await volumes.recall()).message?.artifacts.map((item) => item.digest)).toEqual([digest]);
    expect((await volumes.verify(digest)).exitCode).toBe(0);
  }
}

test.each([
  ['an empty store', () => real.rm(volumes.path('store', 'team'), { recursive: true, force: true })],
  ['a store with the same artifact', () => Promise.resolve()],
])('a publisher that dies at any step leaves no half artifact in %s, and the next one succeeds', async (_, prepare) => {
  await prepare();
  await publishDyingAt(Infinity);
  const steps = machine.steps;
  expect(steps).toBeGreaterThan(20);
  for (let diesAt = 1; diesAt <= steps; diesAt += 1) {
    await prepare();
    await publishDyingAt(diesAt);
    await expectSound();
    expect(await publishDyingAt(Infinity)).toBe(0);
    await expectSound();
  }
});

test('a publisher that dies while it replaces a damaged artifact leaves the damaged one, none, or a whole one', async () => {
  const damage = () => real.writeFile(volumes.artifact(digest, 'files', 'folder', 'model.joblib'), 'damaged');
  await damage();
  await publishDyingAt(Infinity);
  for (let diesAt = 1, steps = machine.steps; diesAt <= steps; diesAt += 1) {
    await damage();
    await publishDyingAt(diesAt);
    expect(await publishDyingAt(Infinity)).toBe(0);
    await expectSound();
  }
});
