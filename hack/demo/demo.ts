import { randomBytes } from 'node:crypto';
import { Interrupted } from './cluster/execute.ts';
import { closing, pushPlan } from './closing.ts';
import { Narrator } from './narrator.ts';
import { NotAsPromised, promises } from './promise.ts';
import { writeRecord, type DemoRecord, type Example, type Worse } from './record.ts';
import { writeReport } from './report/write.ts';
import { Stage, type Scene } from './stage.ts';
import { diagnosisStory } from './story/diagnosis.ts';
import { fraudStory } from './story/fraud.ts';
import type { Story } from './story/story.ts';
import { trouble } from './trouble.ts';

export interface DemoOptions {
  readonly example: Example;
  readonly seed: number;
  readonly worse?: Worse;
  readonly drift: boolean;
  readonly keep: boolean;
  readonly json?: string;
  readonly context?: string;
  readonly images?: string;
  readonly install: boolean;
}

const stories: Record<Example, (story: Story) => Promise<DemoRecord>> = { fraud: fraudStory, diagnosis: diagnosisStory };
const interruptedCode = 130;

/** The whole demo. Returns the exit code: 0 when everything was as promised. */
export async function demo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const narrator = new Narrator((line) => console.log(line));
  const { context, images, install, keep, example } = options;
  narrator.print(`Modelkeeper: example ${example}, seed ${options.seed}${options.worse ? `, retrained model worse (${options.worse})` : ''}${options.drift ? '' : ', no drift'}`);
  narrator.print();
  if (context !== undefined) {
    for (const line of await pushPlan(context, images)) narrator.print(line);
    if (images === undefined) return 0;
  } else if (process.env.KUBECONFIG !== undefined) {
    narrator.tell('cluster', '$KUBECONFIG is not looked at: another cluster is used only with --context NAME');
  }
  const elsewhere = context === undefined || images === undefined ? undefined : { context, registry: images };
  const stage = new Stage({ install, tell: narrator.tell, elsewhere, receivers: example === 'fraud', signal });
  let code: number;
  try {
    code = await perform(options, narrator, stage);
  } catch (error) {
    code = signal.aborted ? interruptedCode : 1;
    narrator.print();
    narrator.print(signal.aborted ? 'Interrupted.' : `The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (isFault(error)) console.error(error);
  }
  return keep ? code : clearAway(stage, narrator, code);
}

async function perform(options: DemoOptions, narrator: Narrator, stage: Stage): Promise<number> {
  const scene = await narrator.phase('cluster', () => stage.start());
  const { kubectl } = scene;
  const name = options.context === undefined ? 'modelkeeper-demo' : `modelkeeper-demo-${randomBytes(3).toString('hex')}`;
  const own = await stage.namespace(name);
  narrator.tell('cluster', `working in the namespace ${name} (Pod Security restricted)`);
  const { seed, worse, example, drift } = options;
  const { binary, kubeconfig, context } = scene.access;
  const access = { kubectl: binary, ...(kubeconfig === undefined ? {} : { kubeconfig }), context };
  let record: DemoRecord;
  try {
    record = await stories[example]({ kubectl: own, access, images: scene.images, receivers: scene.receivers, seed, worse, drift, narrator });
  } catch (error) {
    if (!(error instanceof Interrupted)) for (const line of await trouble(kubectl.in(name).uninterrupted())) narrator.print(line);
    throw error;
  }
  if (options.json !== undefined) await writeRecord(options.json, record);
  if (record.loop) narrator.tell('report', await writeReport(record, record.loop, options.json));
  const broken = tellChecks(record, narrator);
  if (broken.length > 0) throw new NotAsPromised(`not as promised: ${broken.join('; ')}`);
  for (const line of closing({ record, scene: withPrefix(scene), options, removal: stage.removal })) narrator.print(line);
  return 0;
}

function withPrefix({ shell, kubectl }: Scene): { readonly shell: string; readonly prefix: string } {
  return { shell, prefix: kubectl.prefix };
}

function tellChecks(record: DemoRecord, narrator: Narrator): string[] {
  narrator.print();
  const checks = promises(record);
  for (const { kept, text } of checks) narrator.tell('check', `${kept ? 'ok ' : 'NO '}  ${text}`);
  return checks.filter(({ kept }) => !kept).map(({ text }) => text);
}

async function clearAway(stage: Stage, narrator: Narrator, code: number): Promise<number> {
  const nothing = stage.removal.length === 0;
  narrator.print();
  try {
    await stage.stop();
    narrator.tell('cleanup', nothing ? 'nothing had been made' : 'everything that was made is gone');
    return code;
  } catch (error) {
    narrator.print(`Not everything could be removed: ${error instanceof Error ? error.message : String(error)}`);
    return code === 0 ? 1 : code;
  }
}

/** Whether the demo itself has a fault, so that its message alone would not tell enough. */
function isFault(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type);
}
