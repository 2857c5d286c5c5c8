import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, ourResources, type Job, type ModelDeployment, type ModelVersion, type PipelineRun } from '../cluster/objects.ts';
import type { Check } from '../promise.ts';
import type { DemoRecord } from '../record.ts';

/** What serves is what the demo says, and the deployment tells why. */
export async function deploymentChecks(kubectl: Kubectl, record: DemoRecord): Promise<Check[]> {
  const deployment = await kubectl.get<ModelDeployment>('modeldeployments', record.deployment);
  if (!deployment) return [{ kept: false, text: `there is no ModelDeployment ${record.deployment}` }];
  const { status, metadata: { generation } } = deployment;
  const checks = [
    { kept: status?.activeVersion === record.activeVersion, text: `the active version is ${status?.activeVersion ?? 'unknown'}` },
    { kept: generation === record.specGeneration.before, text: `its spec was never written: generation ${generation ?? 0}` },
  ];
  const second = record.versions[1];
  if (record.worse === 'online') {
    const rolledBack = condition(deployment, 'RolledBack');
    checks.push({ kept: rolledBack?.status === 'True' && rolledBack.message.includes(second?.name ?? ''), text: `RolledBack is ${rolledBack?.status ?? ''}: ${rolledBack?.message ?? ''}` });
  }
  if (record.worse === 'offline') {
    const gates = condition(await kubectl.json<ModelVersion>(['get', 'modelversions', second?.name ?? '']), 'GatesPassed');
    checks.push({ kept: gates?.status === 'False' && gates.message.includes('finds-fraud'), text: `GatesPassed of ${second?.name ?? ''} is ${gates?.status ?? ''}: ${gates?.message ?? ''}` });
  }
  return checks;
}

/** The Jobs that the demo saw are there, began and completed, and no step has more of them than attempts. */
export async function jobChecks(kubectl: Kubectl, { runs }: DemoRecord): Promise<Check[]> {
  return Promise.all(runs.map(async ({ name, jobs: recorded }) => {
    const [run, jobs] = await Promise.all([
      kubectl.json<PipelineRun>(['get', 'pipelineruns', name]),
      kubectl.list<Job>('jobs', `modelkeeper.dev/run=${name}`),
    ]);
    const seen = recorded.every(({ name: job, start, end }) => jobs.some(({ metadata, status }) =>
      metadata.name === job && start !== '' && end !== '' && status?.startTime === start && status.completionTime === end));
    const steps = run.status?.steps ?? [];
    const single = steps.every(({ name: step, attempt }) => jobs.filter(({ metadata }) => metadata.labels?.['modelkeeper.dev/step'] === step).length === attempt);
    return { kept: seen && single && recorded.length > 0, text: `${name}: ${jobs.length} Jobs with start and end, one for each attempt of ${steps.length} steps` };
  }));
}

/** What kubectl shows of our kinds has no hole. */
export async function columnChecks(kubectl: Kubectl): Promise<Check[]> {
  return Promise.all(ourResources.map(async (resource) => {
    const table = await kubectl.run(['get', resource]);
    return { kept: !table.includes('<none>') && !table.includes('<unknown>'), text: `${resource}: no <none> in ${table.trim().split('\n').length - 1} lines` };
  }));
}
