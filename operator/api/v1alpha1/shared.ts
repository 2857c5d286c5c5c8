import { z } from 'zod';
import type { Rule } from '../kind.ts';
import { time } from '../time.ts';

/** A rule twice: in CEL for the API server, and in TypeScript for what was stored before the rule existed. */
export interface Twin<T> extends Rule {
  /** Left out when the rule compares with what was there before. */
  readonly holds?: (self: T) => boolean;
}

/** Attaches rules to a schema. test/corpus shows that both forms accept the same. */
export function ruled<S extends z.ZodType>(...list: readonly Twin<z.output<S>>[]): (schema: S) => S {
  return (schema) => {
    const checked = list.reduce((sofar, { holds, rule, message }) => (holds === undefined ? sofar : sofar.refine(holds, { error: message ?? `does not satisfy ${rule}` })), schema);
    return checked.meta({ 'x-kubernetes-validations': list.map(({ holds: _holds, ...rule }) => rule) });
  };
}

/** A list in which `key` names each item once. */
export function listMap(key: string): <S extends z.ZodType<readonly object[]>>(schema: S) => S {
  return (schema) => schema
    .refine((list) => new Set(list.map((item): unknown => Reflect.get(item, key))).size === list.length, { error: `has the same ${key} twice` })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}

/** A list in which nothing is twice. */
export function listSet<S extends z.ZodType<readonly string[]>>(schema: S): S {
  return schema.refine((list) => new Set(list).size === list.length, { error: 'has the same item twice' }).meta({ 'x-kubernetes-list-type': 'set' });
}

/** Characters as the API server and CEL count them: a JavaScript string is longer where it holds more than the first plane of Unicode. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** A DNS-1035 label. */
export function label(maxLength: number): z.ZodString {
  return z.string().min(1).max(maxLength).regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
}

export const stepName = label(20);
export const modelName = label(30);
/** Results and metrics can be named in expressions such as `metrics.recall`. */
export const metricName = z.string().min(1).max(20).regex(/^[a-z][a-z0-9_]*$/);
export const digest = z.string().max(71).regex(/^sha256:[a-f0-9]{64}$/);

/** A Go-style duration such as 1h30m, from `min` to `max`. */
export function duration(min: string, max: string): z.ZodString {
  const pattern = /^([0-9]{1,5}(h|m|s)){1,3}$/;
  return z.string().min(2).max(18).regex(pattern).apply(ruled({
    // What the pattern refuses cannot be read as a duration, and has a message of its own.
    rule: `!self.matches('${pattern.source}') || (duration(self) >= duration('${min}') && duration(self) <= duration('${max}'))`,
    messageExpression: `'"' + self + '" must be a duration from ${min} to ${max}'`,
    holds: (self) => !pattern.test(self) || (durationMs(self) >= durationMs(min) && durationMs(self) <= durationMs(max)),
  }));
}

/** Milliseconds of a duration that satisfies the pattern above. */
export function durationMs(text: string): number {
  const unit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };
  return [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, letter]) => sum + Number(count) * (unit[letter ?? ''] ?? 0), 0);
}

/** `pvc://<claim>/<path>`: a folder or file of a PersistentVolumeClaim in the same namespace. */
export const volumeUri = z.string().min(7).max(512)
  .regex(/^pvc:\/\/[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?(\/[A-Za-z0-9_.,=+@-]+)*$/)
  .apply(ruled({
    rule: "!self.split('/').exists(part, part == '..' || part == '.')",
    messageExpression: `'"' + self + '" must not contain . or .. as a part of its path'`,
    holds: (self) => !self.split('/').some((part) => part === '..' || part === '.'),
  }));

/** Claim and path of a `volumeUri`. */
export function parseVolumeUri(uri: string): { readonly claim: string; readonly path: string } {
  const [claim = '', ...path] = uri.slice('pvc://'.length).split('/');
  return { claim, path: path.join('/') };
}

export const localRef = z.object({
  name: z.string().min(1).max(63).describe('Name of the object, in the same namespace.'),
});

/** Resources that one container can ask for. */
const maxResources = 8;
const quantityPattern = /^([0-9]+([.][0-9]+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/;
const quantity = z.union([z.int().min(0), z.string().max(20).regex(quantityPattern)]).meta({
  'x-kubernetes-int-or-string': true,
  pattern: quantityPattern.source,
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  maxLength: 20,
});
const resourceName = /^[a-zA-Z0-9][-a-zA-Z0-9_.]*(\/[a-zA-Z0-9][-a-zA-Z0-9_.]*)?$/;
const quantities = z.record(z.string(), quantity).apply(ruled({
  rule: `self.all(name, name.size() <= 63 && name.matches('${resourceName.source.replaceAll('\\', '\\\\')}'))`,
  message: 'names of resources must be like cpu, memory or nvidia.com/gpu, of at most 63 characters',
  holds: (self) => Object.keys(self).length <= maxResources && Object.keys(self).every((name) => name.length <= 63 && resourceName.test(name)),
})).meta({ maxProperties: maxResources });

const reserved = "e.name in ['HOME', 'TMPDIR'] || e.name.startsWith('MODELKEEPER_')";

export const container = z.object({
  image: z.string().min(1).max(512).regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$/).describe('Image of the container.'),
  command: z.array(z.string().max(4_096)).max(64).default([]).describe('Entry point, not run in a shell. $(...) references are replaced.'),
  args: z.array(z.string().max(4_096)).max(64).default([]).describe('Arguments. $(...) references are replaced.'),
  env: z.array(z.object({
    name: z.string().min(1).max(128).regex(/^[A-Za-z_][A-Za-z0-9_]*$/).describe('Name of the variable.'),
    value: z.string().max(4_096).default('').describe('Value of the variable. $(...) references are replaced.'),
  }).describe('One environment variable.')).max(64).default([]).describe('Environment variables.').apply(listMap('name')).apply(ruled({
    rule: `self.all(e, !(${reserved}))`,
    messageExpression: `'environment variable "' + self.map(e, ${reserved}, e.name)[0] + '" is reserved: HOME, TMPDIR and MODELKEEPER_* are set by the operator'`,
    holds: (self) => !self.some(({ name }) => name === 'HOME' || name === 'TMPDIR' || name.startsWith('MODELKEEPER_')),
  })),
  resources: z.object({
    requests: quantities.optional().describe('What the container is guaranteed, such as cpu: 500m and memory: 1Gi.'),
    limits: quantities.optional().describe('What the container may use at most.'),
  }).optional().describe('Compute resources.'),
  workingDir: z.string().min(1).max(512).startsWith('/').optional().describe('Working directory; an absolute path.'),
}).apply(ruled({
  rule: 'self.command.map(x, x.size()).sum() + self.args.map(x, x.size()).sum() + self.env.map(x, x.value.size()).sum() <= 32768',
  message: 'command, args and env may have 32768 characters together: put longer things into the image',
  holds: ({ command, args, env }) => [...command, ...args, ...env.map(({ value }) => value)].reduce((sum, part) => sum + characters(part), 0) <= 32_768,
}));
export type Container = z.infer<typeof container>;

export const gates = z.array(z.object({
  name: label(40).describe('Name of the gate, shown when it fails.'),
  expression: z.string().min(1).max(1_024).describe('Expression in CEL over `metrics` and `champion.metrics` that must be true, such as metrics.recall >= 0.7.'),
}).describe('One gate.')).max(16).default([]).apply(listMap('name'));
export const policy = z.object({
  gates: gates.describe('Conditions on the metrics that a version must satisfy before it may serve.'),
}).prefault({}).describe('What a version must satisfy before it may serve.');

export const format = z.object({
  name: z.enum(['sklearn', 'xgboost', 'lightgbm', 'onnx', 'pytorch', 'tensorflow', 'mlflow', 'custom']).describe('Library or format the model is stored in.'),
  version: z.string().min(1).max(40).regex(/^[A-Za-z0-9._+-]+$/).optional().describe('Version of that library.'),
});

export const trigger = z.object({
  type: z.enum(['Manual', 'Change', 'Annotation', 'Drift']).describe('What started the run.'),
  by: z.string().max(256).default('').describe('Who or what asked for it.'),
  episode: time.optional().describe('Start of the episode of drift that the run answers.'),
  window: z.object({
    start: time.describe('Start of the window.'),
    end: time.describe('End of the window.'),
  }).optional().describe('The window in which the episode was found.'),
}).apply(ruled({
  rule: "(self.type == 'Drift') == has(self.episode) && has(self.episode) == has(self.window)",
  message: 'trigger.episode and trigger.window belong to type Drift, and only to it',
  holds: ({ type, episode, window }) => (type === 'Drift') === (episode !== undefined) && (episode !== undefined) === (window !== undefined),
}));

export const params = z.array(z.object({
  name: metricName.describe('Name of the parameter.'),
  value: z.string().max(1_024).describe('Value of the parameter.'),
}).describe('One parameter.')).max(64).default([]).apply(listMap('name'));

/** The rule on metadata.name that every kind carries at its root. */
export function nameRule(maxLength: number): Rule {
  return {
    rule: `self.metadata.name.size() <= ${maxLength} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    messageExpression: `'metadata.name "' + self.metadata.name.substring(0, self.metadata.name.size() > 60 ? 60 : self.metadata.name.size()) + '" must be a DNS-1035 label of at most ${maxLength} characters'`,
  };
}

/** Keeps a leader that has been replaced from writing status. It stands at the root, where removing status is seen, too. */
export const fenceRule: Rule = {
  rule: '!has(oldSelf.status) || !has(oldSelf.status.writerEpoch) || (has(self.status) && has(self.status.writerEpoch) && self.status.writerEpoch >= oldSelf.status.writerEpoch)',
  message: 'stale leader: status.writerEpoch must not decrease',
};
