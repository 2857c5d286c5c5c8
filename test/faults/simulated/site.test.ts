import { afterEach, describe, expect, test } from '@jest/globals';
import type { Send } from '../../../operator/kube/connections.ts';
import { modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { at, isTrue } from '../../integration/operator/watching.ts';
import { canary, capturing, deployment, policy, profiledPipeline, serves } from '../scenarios/objects.ts';
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
    expect(clock.now - killedAt).toBeGreaterThan(30_000);
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

  test('that was frozen while it took the lease ends, so that another one can lead', async () => {
    const opened = new SimulatedSite({ seed: 11 });
    site = opened;
    const slow: Instance = opened.start({ image: 'modelkeeper:test', intercept: (send) => (request) => {
      if (request.method === 'POST' && request.path.includes('/leases')) slow.freeze();
      return send(request);
    } });
    await opened.world.elapse(60_000);
    slow.thaw();
    await slow.ended;
    await opened.start({ image: 'modelkeeper:test', intercept: (send) => send }).leading;
    await opened.world.apply('pipelines', pipeline());
    await opened.world.until('the version is ready', isReady);
  });

  test('that is told to end gives its lease back', async () => {
    const { site: { world, clock }, site: opened, instance } = await open(5);
    await instance.stop();
    const stoppedAt = clock.now;
    await opened.start({ image: 'modelkeeper:test', intercept: (send) => send }).leading;
    expect(clock.now - stoppedAt).toBeLessThan(6_000);
    expect(world.view.list('jobs')).toEqual([]);
  });
});

describe('a model that is served', () => {
  test('by a canary is promoted when its answers are as good, and given up when they are not', async () => {
    const ends: unknown[] = [];
    for (const failing of [new Set<string>(), new Set(['fraud-2'])]) {
      const { site: opened } = await open(6);
      const { world } = opened;
      world.outside.requests.amounts = 'usual';
      world.outside.requests.failing = failing;
      await world.apply('modelversions', modelVersion('fraud-1'));
      await world.apply('modeldeployments', deployment(world, canary([20, 50])));
      await world.until('the first version serves', (view) => serves(view, 'fraud-1'));
      await world.apply('modelversions', modelVersion('fraud-2'));
      await world.until('the rollout has ended', (view) => serves(view, 'fraud-2') || isTrue(view.get('modeldeployments', 'fraud'), 'RolledBack'));
      ends.push([at(world.view.get('modeldeployments', 'fraud'), 'status', 'activeVersion'), opened.unhandled]);
      await opened.close();
    }
    expect(ends).toEqual([['fraud-2', []], ['fraud-1', []]]);
  });

  test('is followed by a policy, which tells people once when the traffic is another one', async () => {
    const { site: { world } } = await open(7);
    await world.apply('pipelines', profiledPipeline());
    await world.apply('modeldeployments', deployment(world, capturing));
    await world.until('it serves', (view) => serves(view, 'fraud-1'));
    world.outside.requests.amounts = 'usual';
    await world.apply('driftpolicies', policy({ mode: 'Alert' }));
    await world.elapse(120_000);
    expect(world.effects).toEqual([]);
    world.outside.requests.amounts = 'large';
    await world.until('an episode goes on', (view) => at(view.get('driftpolicies', 'watch'), 'status', 'episode') !== undefined);
    await world.elapse(60_000);
    expect(world.effects).toHaveLength(1);
  });
});

describe('an operator', () => {
  test('lists again when what it has missed is forgotten, and does what there is to do', async () => {
    const { site: { world, server } } = await open(8);
    server.breakWatches();
    await world.apply('pipelines', pipeline());
    server.compact();
    await world.until('the version is ready', isReady);
  });

  test('that is shown an old state acts on the new one when it is shown that', async () => {
    const opened = new SimulatedSite({ seed: 9 });
    site = opened;
    const { world } = opened;
    await world.apply('pipelines', pipeline());
    await opened.start({ image: 'modelkeeper:test', intercept: (send) => send, sight: { frozen: { after: 0, forMs: 60_000 } } }).leading;
    await world.elapse(50_000);
    expect(world.view.list('persistentvolumeclaims')).toEqual([]);
    await world.until('the version is ready', isReady);
  });

  test('that takes over is shown an old state for so long after it has begun to lead', async () => {
    const { site: { world }, site: opened, instance } = await open(12);
    await world.apply('pipelines', pipeline());
    await world.until('a step runs', (view) => view.list('jobs').length > 0);
    instance.kill();
    const trace: string[] = [];
    await opened.start({ image: 'modelkeeper:test', intercept: noted(trace, opened), sight: { frozen: { after: 0, forMs: 60_000 } } }).leading;
    await world.elapse(50_000);
    expect(trace).toEqual([]);
    await world.until('the version is ready', isReady);
  });

  test('from whom the end of a Job is hidden for a while sees it later', async () => {
    const opened = new SimulatedSite({ seed: 10 });
    site = opened;
    const { world } = opened;
    const name = new Promise<string>((resolve) => {
      opened.server.objects.onChange(({ plural, live }) => {
        if (plural === 'jobs') resolve(String(at(live, 'metadata', 'name')));
      });
    });
    const first = opened.start({ image: 'modelkeeper:test', intercept: (send) => send });
    await world.apply('pipelines', pipeline());
    const job = await name;
    first.kill();
    const from = world.history.length;
    opened.start({ image: 'modelkeeper:test', intercept: (send) => send, sight: { hidden: { plural: 'jobs', name: job, from, until: from + 12 } } });
    world.outside.ending = () => 'Succeeds';
    await world.elapse(60_000);
    for (let n = 0; n < 12; n += 1) await world.mergePatch('pipelines', 'fraud', { metadata: { labels: { n: String(n) } } });
    await world.until('the version is ready', isReady);
  });
});
