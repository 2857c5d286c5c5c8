import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { repository } from '../../images/paths.ts';

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The parts of a Job's manifest that the demo sets. */
export interface JobManifest extends Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: { args?: string[] }[]; readonly initContainers?: { args?: string[] }[] } } };
}

export interface PipelineManifest extends Manifest {
  readonly spec: { readonly params: { readonly name: string; default: string }[] };
}

export interface DriftPolicyManifest extends Manifest {
  readonly spec: { readonly actions: { readonly retrain: { readonly params: { name: string; value: string }[] } } };
}

const placeholder = 'modelkeeper/python:dev';

/** The objects of one file below examples/, with the image that is here. */
export function manifests<T extends Manifest>(file: string, image: string): T[] {
  const text = readFileSync(join(repository, 'examples', file), 'utf8').replaceAll(placeholder, image);
  return parseAllDocuments(text).map((document) => document.toJS() as T);
}

/** Sets `--name=value` wherever a container of the Job has that argument. */
export function setArgument(job: JobManifest, name: string, value: string): void {
  const { containers, initContainers = [] } = job.spec.template.spec;
  const setting = (argument: string): boolean => argument.startsWith(`--${name}=`);
  const concerned = [...initContainers, ...containers].filter(({ args = [] }) => args.some(setting));
  if (concerned.length === 0) throw new Error(`Job ${job.metadata.name} has no argument --${name}=`);
  for (const container of concerned) container.args = container.args?.map((argument) => (setting(argument) ? `--${name}=${value}` : argument)) ?? [];
}

export function setDefault(pipeline: PipelineManifest, name: string, value: string): void {
  const param = pipeline.spec.params.find((one) => one.name === name);
  if (!param) throw new Error(`Pipeline ${pipeline.metadata.name} has no parameter ${name}`);
  param.default = value;
}
