import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { RouterFile, routerPorts } from '../../../operator/dataplane/routing.ts';
import { captureThread } from '../../../operator/router/capture/thread.ts';
import type { Send } from '../../../operator/kube/connections.ts';
import type { Profile } from '../../../operator/profile/format.ts';
import { startRouter, type Router } from '../../../operator/router/router.ts';
import { asItems } from '../../../operator/runtime/json.ts';
import type { Json, Meta } from '../../../operator/runtime/kind.ts';
import { make } from '../../make.ts';
import { containersOf, failed, logOf, running, serving, succeeded } from '../../pods.ts';
import type { ForeignClient } from '../apiserver.ts';
import { at, ConfigMap, ModelVersion, Pod, type Watching, type Whole } from './watching.ts';

/** A pod as the kubelet sees it. */
export interface PodView {
  readonly namespace: string;
  readonly name: string;
  /** Name of the step, for a pod of a step. */
  readonly step: string | undefined;
  readonly live: Json;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Says of each pod what a kubelet would, without running anything: agents report what their task asks for, steps
 * succeed, servers are ready. Routers are real ones, each on a loopback address of its own.
 */
export class FakeKubelet {
  /** Pods that start and do not end. */
  hangs: (pod: PodView) => boolean = () => false;
  /** Pods whose last container that runs a user's image ends with exit code 1. */
  fails: (pod: PodView) => boolean = () => false;
  /** Pods whose logs are gone. */
  forgets: (pod: PodView) => boolean = () => false;
  /** What a run makes a profile of, by the run's uid. */
  profileOf: (runUid: string) => Profile = () => make.profile;
  /** Value of a result of a step. */
  result: (pod: PodView, name: string) => string = () => '0.9';
  readonly #watching: Watching;
  readonly #client: ForeignClient;
  readonly #told = new Set<string>();
  /** Pods that have been told to hang, by uid. */
  readonly #hanging = new Map<string, Whole>();
  readonly #routers = new Map<string, Promise<Router>>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'modelkeeper-test-routers-'));
  readonly #network: number;
  #addresses = 0;
  readonly #end = Promise.withResolvers<'gone'>();
  #stopped = false;
  readonly #work = new Set<Promise<void>>();

  /** The second byte of the addresses of its pods: another kubelet on this machine has another one. */
  constructor(watching: Watching, client: ForeignClient, network = process.pid) {
    this.#network = 1 + (network % 250);
    this.#watching = watching;
    this.#client = client;
    watching.onChange(Pod, ({ before, after }) => {
      if (after) this.#see(after);
      else if (before) void this.#close(before.metadata.uid);
    });
  }

  /** Answers what the API server would ask a kubelet: for the log of a pod. */
  readonly logs = (send: Send): Send => async (request) => {
    const [, namespace = '', name = ''] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log\?/.exec(request.path) ?? [];
    if (name === '') return send(request);
    const live = this.#watching.get(Pod, namespace, name);
    const known = live && !this.forgets({ namespace, name, step: undefined, live });
    const text = known ? logOf(this.profileOf(this.#runOf(live, namespace))) : '{}';
    return { status: known ? 200 : 404, retryAfter: undefined, body: Readable.from([Buffer.from(text)]) };
  };

  /** The run that made the version whose verification this pod is. */
  #runOf(pod: Json, namespace: string): string {
    const version = String(at(pod, 'metadata', 'labels', 'modelkeeper.dev/model-version'));
    return String(at(this.#watching.get(ModelVersion, namespace, version), 'spec', 'lineage', 'run', 'uid'));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#end.resolve('gone');
    await Promise.all(this.#work);
    await Promise.all([...this.#routers.keys()].map((uid) => this.#close(uid)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Looks again at the pods that hang. */
  resume(namespace: string): void {
    this.hangs = () => false;
    this.lookAgain(namespace);
  }

  /** Asks of the pods that hang whether they still do. */
  lookAgain(namespace: string): void {
    for (const [uid, pod] of this.#hanging) {
      if (pod.metadata.namespace !== namespace) continue;
      this.#hanging.delete(uid);
      this.#told.delete(uid);
      this.#see(pod);
    }
  }

  #see(pod: Whole): void {
    const { uid, deletionTimestamp } = pod.metadata;
    if (this.#stopped || this.#told.has(uid) || deletionTimestamp !== undefined) return;
    this.#told.add(uid);
    const work = this.#tell(pod).catch((error: unknown) => {
      // The pod may be gone by now; if it is not, nothing comes of it, and the test says so.
      if (!String(error).includes('not found')) console.error(error);
    });
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async #tell(pod: Whole): Promise<void> {
    const { namespace, name } = pod.metadata;
    const view: PodView = { namespace, name, step: pod.metadata.labels['modelkeeper.dev/step'], live: pod.live };
    const status = pod.metadata.owner?.kind === 'Job' ? this.#worked(view) : await this.#serving(pod);
    await this.#client.mergePatch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, { status });
    if (status['phase'] !== 'Running' || pod.metadata.owner?.kind !== 'Job') return;
    this.#hanging.set(pod.metadata.uid, pod);
    // Somebody may have changed their mind while the API server was told.
    if (!this.hangs(view)) this.lookAgain(namespace);
  }

  #worked(pod: PodView): Json {
    const work = { result: (name: string) => this.result(pod, name), profile: this.profileOf };
    if (this.hangs(pod)) return running(pod.live);
    const container = String(containersOf(pod.live, 'initContainers').at(-1)?.['name']);
    return this.fails(pod) ? failed(pod.live, { container, exitCode: 1, reason: 'Error' }, work) : succeeded(pod.live, work);
  }

  /** Where a router takes requests. */
  addressOf(router: Whole): string | undefined {
    const address = at(router.live, 'status', 'podIP');
    return typeof address === 'string' && this.#routers.has(router.metadata.uid) ? `http://${address}:${routerPorts.inference}` : undefined;
  }

  async #serving(pod: Whole): Promise<Json> {
    const address = this.#nextAddress();
    if (pod.metadata.labels['modelkeeper.dev/component'] === 'router') {
      const router = this.#startRouter(pod, address);
      this.#routers.set(pod.metadata.uid, router);
      await router;
    }
    return serving(pod.live, address);
  }

  async #startRouter({ metadata, live }: Whole, host: string): Promise<Router> {
    const name = asItems(at(live, 'spec', 'volumes')).map((volume) => at(volume, 'configMap', 'name')).find((one) => typeof one === 'string') ?? '';
    // A kubelet waits for a volume that is not there yet.
    const there = this.#watching.until(() => this.#watching.get(ConfigMap, metadata.namespace, name) ?? (this.#isGone(metadata) ? 'gone' : undefined));
    const map = await Promise.race([there, this.#end.promise]);
    if (map === 'gone') throw new Error(`pod ${metadata.name} not found`);
    const file = join(this.#folder, metadata.uid);
    const { publicKey, config } = RouterFile.parse(JSON.parse(String(at(map, 'data', 'router.json'))));
    // Nobody resolves the names of Services here, and to ask for them only takes time.
    writeFileSync(file, JSON.stringify({ publicKey, config: { ...config, targets: [] } }));
    const limits = { resolveMs: 600_000, lingerMs: 0, closeMs: 100, pullMs: 2_000, firstPullMs: 2_000 };
    const startThread = () => new Worker(new URL('../../../operator/main.ts', import.meta.url), captureThread);
    return startRouter({ file, podUid: metadata.uid, host, ports: routerPorts, log: quiet, startThread, now: () => Date.now(), limits });
  }

  #isGone({ namespace, name, uid }: Meta): boolean {
    return at(this.#watching.get(Pod, namespace, name), 'metadata', 'uid') !== uid;
  }

  async #close(uid: string): Promise<void> {
    const router = this.#routers.get(uid);
    this.#routers.delete(uid);
    await (await router?.catch(() => undefined))?.close();
  }

  /** All of 127.0.0.0/8 is this machine. */
  #nextAddress(): string {
    this.#addresses += 1;
    return `127.${this.#network}.${Math.floor(this.#addresses / 250)}.${1 + (this.#addresses % 250)}`;
  }
}
