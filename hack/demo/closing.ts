import { describeImage } from '../images/build.ts';
import { imagePushCommands, pushedRef } from '../images/push.ts';
import { imageNames } from '../images/recipes.ts';
import { systemNamespace } from './cluster/helm.ts';
import type { DemoRecord } from './record.ts';

interface Ending {
  readonly record: DemoRecord;
  readonly scene: { readonly shell: string; readonly prefix: string };
  readonly options: { readonly keep: boolean; readonly json?: string };
  readonly removal: readonly string[];
}

/** The last lines: where the model is, and what to type next. */
export function closing({ record, scene: { shell, prefix }, options: { keep, json }, removal }: Ending): string[] {
  const { namespace, deployment, activeVersion, example } = record;
  if (!keep) return ['', `To look around in it afterwards, leave it running: npm run demo -- --example ${example} --keep`];
  const own = `${prefix} --namespace ${namespace}`;
  return [
    '',
    `${activeVersion} is served at http://${deployment}.${namespace}.svc in the cluster. Next, type:`,
    '',
    `  ${shell}`,
    `  ${own} get modelkeeper`,
    `  ${own} describe modeldeployment ${deployment}`,
    `  ${own} get modelversion ${activeVersion} -o yaml`,
    ...(record.loop ? [`  ${own} describe driftpolicy ${record.loop.policy.name}`] : []),
    `  ${own} port-forward service/${deployment} 8080:80 &`,
    `  curl --silent localhost:8080/v2/models/${deployment}`,
    ...(json === undefined ? [] : [`  npm run demo:confirm -- ${json}`]),
    '',
    'To remove it all:',
    '',
    ...removal.map((command) => `  ${command}`),
  ];
}

/** What the demo does to somebody's cluster, and how the images get to it. */
export async function pushPlan(context: string, registry: string | undefined): Promise<string[]> {
  const images = await Promise.all(imageNames.map(describeImage));
  const plan = [
    `Into the cluster of context ${context} go:`,
    `  the definitions of five kinds, a ClusterRole, and the release modelkeeper in the namespace ${systemNamespace}`,
    '  the example, in a namespace of its own; with fraud, what takes the place of Slack and Teams, in another',
    ...(registry === undefined ? [] : [`  with the images ${images.map((image) => pushedRef(registry, image)).join(' and ')}`]),
    '',
  ];
  if (registry !== undefined) return plan;
  const example = 'registry.example.com/you';
  return [
    ...plan,
    'Its nodes must be able to pull two images. Build and push them, with a repository of yours:',
    '',
    '  npm run images -- build',
    ...imagePushCommands(example, images).map((command) => `  ${command}`),
    '',
    `then start the demo: npm run demo -- --context ${context} --images ${example}`,
  ];
}
