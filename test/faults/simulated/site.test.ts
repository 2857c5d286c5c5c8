import { afterEach, describe, expect, test } from '@jest/globals';
import type { Send } from '../../../operator/kube/connections.ts';
import { pipeline } from '../../integration/operator/samples.ts';
import { at, isTrue } from '../../integration/operator/watching.ts';
import type { Instance, View } from '../world.ts';
import { SimulatedSite } from './site.ts';

let site: SimulatedSite | undefined;

afterEach(async () => {
  await site?.close();
  site = undefined;
});

/** A world with an operator in it, which leads, and what that says when, its lease aside. */
async function open(seed: number): Promise<{ readonly site: SimulatedSite; readonly instance: Instance; readonly trace: string[] }> {
  const opened = new SimulatedSite({ seed });
  site = opened;
  const trace: string[] = [];
  const instance = opened.start({ image: 'modelkeeper:test', intercept: noted(trace, opened) });
  await instance.leading;
  return { site: opened, instance, trace };
}

function noted(trace: string[], { clock }: SimulatedSite): (send: Send) => Send {
  return (send) => (request) => {
    if (request.method !== 'GET' && !request.path.includes('/leases')) trace.push(`${clock.now} ${request.method} ${request.path} ${request.body ?? ''}`);
    return send(request);
  };
}

const isReady = (view: View): boolean => isTrue(view.get('modelversions', 'fraud-1'), 'Ready');

describe('a Pipeline in a simulated cluster', () => {
  test('runs to a version that is ready, in seconds of its own time, and then nothing is written any more', async () => {
    const { site: { world, unhandled, clock }, trace } = await open(1);
    await world.apply('pipelines', pipeline());
    await world.until('the version is ready', isReady);
    const took = clock.now - clock.start;
    await world.elapse(60_000);
    const writes = trace.length;
    await world.elapse(600_000);
    expect([trace.length - writes, unhandled]).toEqual([0, []]);
    expect([took > 2_000, took < 60_000]).toEqual([true, true]);
    expect(at(world.view.get('pipelines', 'fraud'), 'status', 'lastRun', 'result')).toBe('Succeeded');
  });

  test('takes the same course for the same seed, and another one for another', async () => {
    const courses: string[] = [];
    for (const seed of [7, 7, 8]) {
      const { site: opened, trace } = await open(seed);
      await opened.world.apply('pipelines', pipeline());
      await opened.world.until('the version is ready', isReady);
      courses.push(trace.join('\n'));
      await opened.close();
    }
    expect(courses[1]).toBe(courses[0]);
    expect(courses[2]).not.toBe(courses[0]);
  });
});

describe('a process', () => {
  test('that is killed says nothing more, and another one takes over when its lease has run out', async () => {
    const { site: { world, clock }, site: opened, instance, trace } = await open(3);
    await world.apply('pipelines', pipeline());
    await world.until('a step runs', (view) => view.list('jobs').length > 0);
    instance.kill();
    const said = trace.length;
    await world.elapse(120_000);
    expect([trace.length, isReady(world.view)]).toEqual([said, false]);
    const killedAt = clock.now;
    const next = opened.start({ image: 'modelkeeper:test', intercept: noted(trace, opened) });
    await next.leading;
    await world.until('the version is ready', isReady);
    expect(clock.now - killedAt).toBeGreaterThan(15_000);
  });

  test('that is frozen goes on where it was, and finds that it no longer leads', async () => {
    const { site: { world }, site: opened, instance, trace } = await open(4);
    await world.apply('pipelines', pipeline());
    await world.until('a step runs', (view) => view.list('jobs').length > 0);
    instance.freeze();
    const said = trace.length;
    const next = opened.start({ image: 'modelkeeper:test', intercept: (send) => send });
    await next.leading;
    await world.until('the version is ready', isReady);
    expect(trace.length).toBe(said);
    instance.thaw();
    await instance.ended;
    await world.elapse(60_000);
    expect(at(world.view.get('pipelines', 'fraud'), 'status', 'writerEpoch')).toBe(2);
  });

  test('that is told to end gives its lease back', async () => {
    const { site: { world, clock }, site: opened, instance } = await open(5);
    await instance.stop();
    const stoppedAt = clock.now;
    await opened.start({ image: 'modelkeeper:test', intercept: (send) => send }).leading;
    expect(clock.now - stoppedAt).toBeLessThan(3_000);
    expect(world.view.list('jobs')).toEqual([]);
  });
});
