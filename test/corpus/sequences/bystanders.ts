import { modelDeployment, modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { isTrue } from '../../integration/operator/watching.ts';
import type { Revision, Violation, World } from '../../faults/world.ts';

/** Their names, and those of all that belongs to them, begin with it. */
const prefix = 'quiet';

/** An object of each kind that has nothing to do with what is going to happen. */
export async function placeBystanders(world: World): Promise<void> {
  await world.apply('pipelines', pipelineOf());
  await world.apply('modelversions', modelVersion(`${prefix}-1`, { model: prefix }));
  await world.apply('modeldeployments', { ...modelDeployment({ model: prefix }), metadata: { name: prefix } });
  await world.apply('driftpolicies', {
    kind: 'DriftPolicy', metadata: { name: prefix },
    spec: { modelDeploymentRef: { name: prefix }, checks: [{ name: 'inputs', dataDrift: {} }], suspend: true },
  });
  await world.until('the bystanders are ready', (view) => isTrue(view.get('modeldeployments', prefix), 'Ready') && isTrue(view.get('pipelines', prefix), 'Ready')
    && view.get('driftpolicies', prefix)?.['status'] !== undefined);
  await world.apply('pipelineruns', { kind: 'PipelineRun', metadata: { name: `${prefix}-run` }, spec: { pipelineRef: { name: prefix } } });
  await world.until('the run of a bystander has ended', (view) => isTrue(view.get('pipelineruns', `${prefix}-run`), 'Succeeded'));
}

function pipelineOf(): ReturnType<typeof pipeline> {
  const [step] = [{ name: 'work', container: { image: 'work:1' } }];
  return { ...pipeline({ steps: [step], register: undefined, params: [], triggers: {} }), metadata: { name: prefix } };
}

/** What happened to bystanders all the same. */
export function touched(history: readonly Revision[]): Violation[] {
  const names = history.filter(({ name }) => name.startsWith(prefix)).map(({ plural, name, type }) => `${plural}/${name} was ${type.toLowerCase()}`);
  return [...new Set(names)].map((detail) => ({ oracle: 'bystanders', detail }));
}
