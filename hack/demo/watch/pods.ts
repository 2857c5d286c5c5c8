import type { Kubectl } from '../cluster/kubectl.ts';
import type { ContainerStatus, Pod } from '../cluster/objects.ts';
import { Changes } from '../changes.ts';
import type { Tell } from '../narrator.ts';

/** Tells how the pods of a deployment come up and go. */
export class PodWatch {
  readonly #kubectl: Kubectl;
  readonly #selector: string;
  readonly #tell: Tell;
  readonly #changes = new Changes();
  #known: readonly string[] = [];

  constructor(kubectl: Kubectl, deployment: string, tell: Tell) {
    this.#kubectl = kubectl;
    this.#selector = `modelkeeper.dev/model-deployment=${deployment}`;
    this.#tell = tell;
  }

  async look(): Promise<void> {
    const pods = await this.#kubectl.list<Pod>('pods', this.#selector);
    const now = Object.fromEntries(pods.map((pod) => [pod.metadata.name, podText(pod)]));
    const gone = this.#known.filter((name) => !(name in now)).map((name): [string, string] => [name, 'gone']);
    for (const [name, text] of this.#changes.of({ ...now, ...Object.fromEntries(gone) })) this.#tell('pods', `  ${name}  ${text}`);
    this.#known = Object.keys(now);
  }
}

/** What a pod is, and what it does, in a few words. */
export function podText({ metadata, status }: Pod): string {
  const { 'modelkeeper.dev/component': component = '', 'modelkeeper.dev/model-version': version } = metadata.labels ?? {};
  return `${version === undefined ? component : `${component} ${version}`}: ${stateText(metadata.deletionTimestamp !== undefined, status)}`;
}

function stateText(ending: boolean, { phase, conditions = [], initContainerStatuses = [], containerStatuses = [] }: Pod['status']): string {
  if (ending) return 'ending';
  if (containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready)) return 'ready';
  const problem = [...initContainerStatuses, ...containerStatuses].map(trouble).find((text) => text !== undefined);
  if (problem !== undefined) return problem;
  const loading = initContainerStatuses.find(({ state }) => state.terminated === undefined);
  if (loading) return loading.state.running ? `${loading.name} is running` : 'being set up';
  if (containerStatuses.some(({ state }) => state.running)) return 'starting';
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return unscheduled ? `waits for a node: ${unscheduled.message ?? ''}` : phase === 'Pending' ? 'being set up' : phase.toLowerCase();
}

function trouble({ name, state }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state;
  if (terminated && terminated.exitCode !== 0) return `container ${name} exited with code ${terminated.exitCode}`;
  const reason = waiting?.reason ?? 'PodInitializing';
  return reason === 'PodInitializing' || reason === 'ContainerCreating' ? undefined : `container ${name}: ${reason}`;
}
