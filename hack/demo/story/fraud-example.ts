import type { Kubectl } from '../cluster/kubectl.ts';
import type { Receivers } from '../receivers.ts';
import type { Worse } from '../record.ts';
import { manifests, setArgument, setDefault, type DriftPolicyManifest, type JobManifest, type PipelineManifest } from './manifests.ts';
import { finishedJob } from './training.ts';

/** Two features that a bad packaging exchanges; see the README of the example. */
const exchanged = 'amount,terminal_risk_7d';
export const deployment = 'fraud';
export const pipeline = 'fraud';
export const policy = 'fraud';

function spoiling(worse: Worse | undefined): { name: string; value: string }[] {
  if (worse === 'offline') return [{ name: 'shuffle', value: 'true' }];
  return worse === 'online' ? [{ name: 'swap', value: exchanged }] : [];
}

/** The objects of examples/fraud in one namespace. */
export class FraudExample {
  readonly #kubectl: Kubectl;
  readonly #image: string;
  readonly #seed: number;

  constructor(kubectl: Kubectl, image: string, seed: number) {
    this.#kubectl = kubectl;
    this.#image = image;
    this.#seed = seed;
  }

  /** Writes the past days of transactions, and returns what the simulation said of them. */
  async simulate(): Promise<string> {
    const jobs = manifests<JobManifest>('fraud/simulate-job.yaml', this.#image);
    for (const job of jobs) setArgument(job, 'seed', String(this.#seed));
    await this.#kubectl.apply([...manifests('fraud/claims.yaml', this.#image), ...jobs]);
    await finishedJob(this.#kubectl, 'fraud-simulate');
    return (await this.#kubectl.run(['logs', 'job/fraud-simulate', '--tail=1'])).trim();
  }

  /** Makes the Pipeline, which starts its first run by itself. */
  async train(): Promise<void> {
    const pipelines = manifests<PipelineManifest>('fraud/pipeline.yaml', this.#image);
    for (const one of pipelines) setDefault(one, 'seed', String(this.#seed));
    await this.#kubectl.apply(pipelines);
  }

  /** Starts another run with another seed; `worse` spoils the model it trains, or its packaging. */
  async retrain(name: string, worse: Worse): Promise<void> {
    const params = [{ name: 'seed', value: String(this.#seed + 1_000) }, ...spoiling(worse)];
    const spec = { pipelineRef: { name: pipeline }, params };
    await this.#kubectl.apply([{ apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'PipelineRun', metadata: { name }, spec }]);
  }

  /** Watches the live traffic; `worse` spoils the model that a retraining makes, or its packaging. */
  async watch(worse: Worse | undefined, receivers: Receivers): Promise<void> {
    const policies = manifests<DriftPolicyManifest>('fraud/drift-policy.yaml', this.#image);
    for (const one of policies) one.spec.actions.retrain.params.push(...spoiling(worse));
    await this.#kubectl.apply([receivers.secret('drift-alerts'), ...policies]);
  }

  async serve(): Promise<void> {
    await this.#kubectl.apply(manifests('fraud/deployment.yaml', this.#image));
  }
}
