import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Send } from '../../../operator/kube/connections.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import { comparingPipeline, modelDeployment } from '../../integration/operator/samples.ts';
import { path, Stage } from '../../integration/operator/stage.ts';
import { at, isTrue, ModelDeployment, ModelVersion, Pipeline } from '../../integration/operator/watching.ts';
import { isNumbered, signatureOf } from '../signature.ts';
import { startOperator, type RealOperator } from './operator.ts';
import { build, type Built } from './process.ts';
import { operatorToken } from './rights.ts';
import { changed, contents, type Contents } from './stored.ts';

/** Numbers of the writes in the middle of which the first leader stands still: one of each kind of object, and of its status. */
const writes = [2, 6, 11, 16, 22, 27];
/** Cases that run at a time. */
const lanes = 3;
/** When nothing has changed for so long, the cluster is at rest. */
const restMs = 2_000;

let stage: Stage;
let built: Built;

beforeAll(async () => {
  [stage, built] = await Promise.all([Stage.open(), build()]);
}, 120_000);

afterAll(async () => {
  await stage.close();
  built.remove();
});

/** One write of the first leader that reached the API server after it had been replaced. */
interface Late {
  readonly write: string;
  readonly status: number;
  /** It changed what was stored. */
  readonly effective: boolean;
}

/** What the first leader says to the API server. From its pause on, nothing it has still to say passes until it goes on. */
class FirstLeader {
  readonly late: Late[] = [];
  readonly paused = Promise.withResolvers<string>();
  readonly #goOn = Promise.withResolvers<undefined>();
  readonly #namespace: string;
  readonly #pauseAt: number;
  #process: RealOperator | undefined;
  #writes = 0;
  #standsStill = false;

  constructor(namespace: string, pauseAt: number) {
    this.#namespace = namespace;
    this.#pauseAt = pauseAt;
  }

  async start(setup: Omit<Parameters<typeof startOperator>[0], 'intercept'>): Promise<RealOperator> {
    this.#process = await startOperator({ ...setup, intercept: (send) => this.#intercept(stage.kubelet.logs(send)) });
    return this.#process;
  }

  goOn(): void {
    this.#process?.signal('SIGCONT');
    this.#goOn.resolve(undefined);
  }

  readonly #intercept = (send: Send): Send => async (request) => {
    if (!isNumbered(request)) return send(request);
    this.#writes += 1;
    const write = signatureOf(request, this.#namespace);
    if (this.#writes === this.#pauseAt) {
      this.#process?.signal('SIGSTOP');
      this.#standsStill = true;
      this.paused.resolve(write);
    }
    if (!this.#standsStill) return send(request);
    await this.#goOn.promise;
    const object = request.path.replace(/(\/status)?\?.*/, '');
    const before = await versionOf(object);
    const { body, ...answer } = await send(request);
    const said = await text(body);
    this.late.push({ write, status: answer.status, effective: answer.status < 300 && before !== at(JSON.parse(said), 'metadata', 'resourceVersion') });
    return { ...answer, body: Readable.from([Buffer.from(said)]) };
  };
}

async function versionOf(object: string): Promise<unknown> {
  return at(await stage.client.get(object).catch(() => undefined), 'metadata', 'resourceVersion');
}

async function atRest(namespace: string): Promise<Contents> {
  for (let before = await contents(stage.client, namespace); ;) {
    await sleep(restMs);
    const after = await contents(stage.client, namespace);
    if (changed(before, after).length === 0) return after;
    before = after;
  }
}

function isFinished(namespace: string, threads: string): boolean {
  const { watching } = stage;
  const deployment = watching.get(ModelDeployment, namespace, 'fraud');
  return isTrue(deployment, 'Ready') && at(deployment, 'status', 'observedGeneration') === at(deployment, 'metadata', 'generation')
    && at(deployment, 'spec', 'runtime', 'container', 'env', 0, 'value') === threads
    && asRecord(at(watching.get(Pipeline, namespace, 'fraud'), 'status', 'lastRun'))?.['result'] === 'Succeeded'
    && isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'ProfilePublished');
}

interface Relief {
  readonly pausedIn: string;
  readonly late: readonly Late[];
  /** Writes that the first leader did not even send. */
  readonly heldBack: number;
  readonly changed: readonly string[];
  readonly writesOfSuccessor: number;
  readonly code: number;
}

/** The first leader stands still in the middle of a write, the second one does all that is left and more, and the first one goes on. */
async function relieved(pauseAt: number): Promise<Relief> {
  const { client, watching, server } = stage;
  const namespace = await client.freshNamespace();
  const setup = { built, namespace, kubeconfig: server.kubeconfig, token: await operatorToken(client, namespace), image: 'modelkeeper:test' };
  const leader = new FirstLeader(namespace, pauseAt);
  const first = await leader.start(setup);
  await Promise.all([stage.apply(namespace, 'pipelines', comparingPipeline()), stage.apply(namespace, 'modeldeployments', modelDeployment())]);
  const pausedIn = await leader.paused.promise;
  let writesOfSuccessor = 0;
  const second = await startOperator({ ...setup, intercept: (send) => (request) => {
    if (isNumbered(request)) writesOfSuccessor += 1;
    return stage.kubelet.logs(send)(request);
  } });
  try {
    await second.leading;
    // So that what the first one was about to do is not even wanted any more.
    const patch = { runtime: { container: { ...container, env: [{ name: 'THREADS', value: '8' }] } } };
    await client.mergePatch(`${path(namespace, 'modeldeployments')}/fraud`, { spec: patch });
    await watching.until(() => isFinished(namespace, '8'));
    const before = await atRest(namespace);
    const sofar = writesOfSuccessor;
    leader.goOn();
    const code = await first.ended;
    const after = await atRest(namespace);
    return { pausedIn, late: leader.late, heldBack: heldBackBy(first), changed: changed(before, after), writesOfSuccessor: writesOfSuccessor - sofar, code };
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

const container = asRecord(at(modelDeployment(), 'spec', 'runtime', 'container')) ?? {};

function heldBackBy({ log }: RealOperator): number {
  const told = log().split('\n').filter((line) => line.startsWith('{')).map((line) => asRecord(JSON.parse(line))?.['writesHeldBack']);
  return told.map(Number).filter((count) => !Number.isNaN(count)).reduce((sum, count) => sum + count, 0);
}

test('a leader that stood still in the middle of a write until another one had done the rest changes nothing that is stored', async () => {
  const points = [...writes];
  const reliefs: Relief[] = [];
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) reliefs.push(await relieved(point));
  }));
  const late = reliefs.flatMap((relief) => relief.late);
  const refusals: Record<string, number> = { 'not sent': reliefs.reduce((sum, { heldBack }) => sum + heldBack, 0) };
  for (const { status } of late) refusals[status] = (refusals[status] ?? 0) + 1;
  console.log(`paused in: ${reliefs.map(({ pausedIn }) => pausedIn).join(', ')}\nlate writes by answer: ${JSON.stringify(refusals)}`);
  expect(reliefs).toHaveLength(writes.length);
  expect(reliefs.filter((relief) => relief.changed.length > 0 || relief.writesOfSuccessor > 0 || relief.code === 0)).toEqual([]);
  expect(late.filter(({ effective }) => effective)).toEqual([]);
  expect(late.length).toBeGreaterThanOrEqual(writes.length);
}, 300_000);
