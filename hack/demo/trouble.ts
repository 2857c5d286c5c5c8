import { CommandFailed, lastLines } from './cluster/execute.ts';
import { systemNamespace } from './cluster/helm.ts';
import type { Kubectl } from './cluster/kubectl.ts';
import { ourResources, type Pod, type Stored } from './cluster/objects.ts';
import type { Condition } from '../../operator/api/kind.ts';

const linesOfLog = 12;
const linesOfOperator = 3;

/** What helps when something went wrong: which objects are not well, what failing pods said, and where to look next. */
export async function trouble(kubectl: Kubectl): Promise<string[]> {
  const system = kubectl.in(systemNamespace);
  const looks = [() => unwell(kubectl), () => failingPods(kubectl), () => failingPods(system), () => complaints(system)];
  const found: string[] = [];
  for (const look of looks) {
    found.push(...await look().catch((error: unknown) => {
      if (error instanceof CommandFailed) return [error.message];
      throw error;
    }));
  }
  return [...found, '', 'To look further (with --keep everything stays):', ...nextLooks(kubectl).map((command) => `  ${command}`)];
}

function nextLooks({ prefix, namespace }: Kubectl): string[] {
  return [
    `${prefix} --namespace ${namespace} get modelkeeper,jobs,pods`,
    `${prefix} --namespace ${namespace} get events --sort-by .lastTimestamp`,
    `${prefix} --namespace ${systemNamespace} logs deployment/modelkeeper-operator --tail 50`,
  ];
}

async function unwell(kubectl: Kubectl): Promise<string[]> {
  const objects = (await Promise.all(ourResources.map((resource) =>
    kubectl.list<Stored & { readonly status?: { readonly conditions?: readonly Condition[] } }>(resource)))).flat();
  return objects.flatMap(({ kind, metadata, status }) => (status?.conditions ?? [])
    .filter((one) => ['Ready', 'Succeeded', 'Available', 'Stalled'].includes(one.type) && one.status !== (one.type === 'Stalled' ? 'False' : 'True'))
    .map(({ type, status: is, reason, message }) => `${kind} ${metadata.name}: ${type} is ${is}: ${reason}: ${message}`));
}

async function failingPods(kubectl: Kubectl): Promise<string[]> {
  const pods = await kubectl.list<Pod>('pods');
  const lines: string[] = [];
  for (const { metadata, status } of pods.filter((pod) => !isWell(pod))) {
    lines.push(`pod ${metadata.name}: ${status.phase} ${status.message ?? ''}`.trimEnd());
    const log = await kubectl.run(['logs', metadata.name, '--all-containers', '--prefix', `--tail=${linesOfLog}`]).catch(() => '');
    if (log.trim() !== '') lines.push(...lastLines(log, linesOfLog).split('\n').map((line) => `  ${line}`));
  }
  return lines;
}

/** The operator's newest errors and warnings. */
async function complaints(system: Kubectl): Promise<string[]> {
  const log = await system.run(['logs', 'deployment/modelkeeper-operator', '--tail=200']);
  const lines = log.split('\n').filter((line) => line.includes('"error":'));
  return lines.slice(-linesOfOperator).map((line) => `operator: ${line}`);
}

function isWell({ metadata, status: { phase, containerStatuses = [] } }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || (phase === 'Running' && containerStatuses.every(({ ready }) => ready));
}
