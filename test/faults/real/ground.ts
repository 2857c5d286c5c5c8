import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { apiServer, ForeignClient, type ApiServer } from '../../integration/apiserver.ts';
import { installDefinitionsOn } from '../../integration/definitions.ts';
import { FakeKubelet } from '../../integration/operator/kubelet.ts';
import { modelServer } from '../../integration/operator/live.ts';
import { at, PipelineRun, Pod, Watching } from '../../integration/operator/watching.ts';
import { stepOf } from '../simulated/players/kubelet.ts';
import { usualOutside } from '../outside.ts';
import type { Ending, Outside } from '../world.ts';
import { build, type Built } from './process.ts';

/** The same as in the simulated cluster, because it ends up in what is stored. */
export const modelPort = 9_000;

/** What all worlds of a process have in common: one control plane, and one kubelet that does in each namespace what its scenario wants. */
export interface Ground {
  readonly server: ApiServer;
  readonly client: ForeignClient;
  readonly watching: Watching;
  readonly kubelet: FakeKubelet;
  readonly built: Built;
  /** What happens in the namespace of a world, while it lives. */
  readonly outsides: Map<string, Outside>;
}

export async function openGround(): Promise<Ground> {
  const [server, built] = await Promise.all([apiServer({ controllerManager: true }), build()]);
  await installDefinitionsOn(server.kubeconfig);
  const client = new ForeignClient(server.kubeconfig);
  const watching = new Watching(server.kubeconfig);
  const kubelet = new FakeKubelet(watching, client);
  const outsides = new Map<string, Outside>();
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
  await Promise.all([watching.start(), modelServer({ port: modelPort, fails: everyOther((address) => isFailing(watching, outsideOf, address)) })]);
  return { server, client, watching, kubelet, built, outsides };
}

function isFailing(watching: Watching, outsideOf: (namespace: string) => Outside, address: string): boolean {
  const pod = watching.all(Pod).find(({ live }) => asRecord(live['status'])?.['podIP'] === address);
  return pod !== undefined && outsideOf(pod.metadata.namespace).requests.failing.has(pod.metadata.labels['modelkeeper.dev/model-version'] ?? '');
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
