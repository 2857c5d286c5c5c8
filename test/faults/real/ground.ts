import { setTimeout as sleep } from 'node:timers/promises';
import { compact } from '../../../hack/cluster/compaction.ts';
import { startControlPlane } from '../../../hack/cluster/controlplane.ts';
import type { Send } from '../../../operator/kube/connections.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { ForeignClient, type ApiServer } from '../../integration/apiserver.ts';
import { installDefinitionsOn } from '../../integration/definitions.ts';
import { FakeKubelet } from '../../integration/operator/kubelet.ts';
import { modelServer } from '../../integration/operator/live.ts';
import { at, PipelineRun, Pod, Watching } from '../../integration/operator/watching.ts';
import { stepOf } from '../simulated/players/kubelet.ts';
import { usualOutside } from '../outside.ts';
import type { Ending, Outside } from '../world.ts';
import { build, type Built } from './process.ts';

/** Between two looks at whether watches are open. */
const lookMs = 100;

/** A control plane, and one kubelet that does in each namespace what its scenario wants. */
export interface Ground {
  readonly server: ApiServer;
  readonly client: ForeignClient;
  readonly watching: Watching;
  readonly kubelet: FakeKubelet;
  readonly built: Built;
  /** The port that its model servers listen on. */
  readonly modelPort: number;
  /** What happens in the namespace of a world, while it lives. */
  readonly outsides: Map<string, Outside>;
  /** Ends the API server and starts it again; it may forget what was. Resolves when everybody but operators sees again what happens. */
  restart(forgets: boolean): Promise<void>;
}

/** What the worlds of a process are played on. Each is there when it is first asked for, and ends with the process. */
export interface Grounds {
  /** For worlds side by side. */
  readonly common: () => Promise<Ground>;
  /** For one world at a time, in which the control plane itself is struck. */
  readonly shaken: () => Promise<Ground>;
}

export async function openGrounds(): Promise<Grounds> {
  const grounds: Ground[] = [];
  const [built, { port }] = await Promise.all([build(), modelServer({ fails: everyOther((address) => grounds.some((ground) => isFailing(ground, address))) })]);
  process.once('exit', () => built.remove());
  const open = (network: number): () => Promise<Ground> => once(async () => {
    const ground = await openGround(built, port, network);
    grounds.push(ground);
    return ground;
  });
  return { common: open(process.pid), shaken: open(process.pid + 125) };
}

async function openGround(built: Built, modelPort: number, network: number): Promise<Ground> {
  const plane = await startControlPlane({ controllerManager: true, log: () => undefined });
  await installDefinitionsOn(plane.kubeconfig);
  let calm: Promise<unknown> = Promise.resolve();
  const client = new ForeignClient(plane.kubeconfig, { intercept: (send) => outlasting(send, () => calm) });
  const watching = new Watching(plane.kubeconfig);
  const kubelet = new FakeKubelet(watching, client, network);
  const outsides = new Map<string, Outside>();
  direct(kubelet, watching, outsides);
  await watching.start();
  return {
    server: plane, client, watching, kubelet, built, modelPort, outsides,
    restart: (forgets) => {
      const restarted = (async () => {
        if (forgets) await compact(plane.etcd);
        await plane.restartApiServer();
        while (!watching.isComplete()) await sleep(lookMs);
      })();
      calm = restarted.catch(() => undefined);
      return restarted;
    },
  };
}

/** Waits while the API server is being restarted, and asks again when that was what broke the connection. */
function outlasting(send: Send, calm: () => Promise<unknown>): Send {
  return async (request) => {
    for (;;) {
      const before = calm();
      await before;
      try {
        return await send(request);
      } catch (error) {
        if (calm() === before) throw error;
      }
    }
  };
}

/** The kubelet does in each namespace what happens there. */
function direct(kubelet: FakeKubelet, watching: Watching, outsides: ReadonlyMap<string, Outside>): void {
  const usual = usualOutside();
  const outsideOf = (namespace: string): Outside => outsides.get(namespace) ?? usual;
  const ending = ({ namespace, live }: { readonly namespace: string; readonly live: Json }): Ending => {
    const step = stepOf(live);
    return step ? outsideOf(namespace).ending(step) : 'Succeeds';
  };
  kubelet.hangs = (pod) => ending(pod) === 'Hangs';
  kubelet.fails = (pod) => ending(pod) === 'Fails';
  kubelet.result = ({ namespace, live }, name) => {
    const step = stepOf(live);
    return step ? outsideOf(namespace).result(step, name) : '';
  };
  kubelet.profileOf = (uid) => {
    const run = watching.byUid(PipelineRun, uid);
    return outsideOf(run?.metadata.namespace ?? '').profile(at(run?.live, 'spec', 'trigger', 'type') === 'Drift');
  };
}

function isFailing({ watching, outsides }: Ground, address: string): boolean {
  const pod = watching.all(Pod).find(({ live }) => asRecord(live['status'])?.['podIP'] === address);
  return pod !== undefined && outsides.get(pod.metadata.namespace)?.requests.failing.has(pod.metadata.labels['modelkeeper.dev/model-version'] ?? '') === true;
}

/** Every other time that it holds for an address. */
function everyOther(holds: (address: string) => boolean): (address: string) => boolean {
  const turns = new Map<string, number>();
  return (address) => {
    if (!holds(address)) return false;
    const turn = (turns.get(address) ?? 0) + 1;
    turns.set(address, turn);
    return turn % 2 === 1;
  };
}

export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
