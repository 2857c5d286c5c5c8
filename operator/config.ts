import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { durationMs } from './api/v1alpha1/shared.ts';
import { certificatesIn } from './notify/authorities.ts';
import { AllowedHost } from './notify/hosts.ts';
import type { ElectionTimes } from './runtime/leader.ts';

/** An empty text is no number; `Number` takes it for 0. */
const number = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);
const port = number.pipe(z.int().max(65_535));
/** A Lease counts in whole seconds. */
const duration = z.string().regex(/^([0-9]{1,5}(h|m|s)){1,3}$/, 'must be a duration such as 15s').transform(durationMs).pipe(z.int().min(1_000, 'must be a second or more'));
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});
const certificates = z.string().transform((pem, context) => {
  const found = certificatesIn(pem);
  if (found === undefined) context.addIssue('must be certificates in PEM and nothing else');
  return found ?? z.NEVER;
});

const Environment = z.object({
  KUBECONFIG: z.string().default(''),
  MODELKEEPER_IMAGE: z.string().min(1, 'set it to the image of this operator'),
  MODELKEEPER_MLSERVER_IMAGE: z.string().default(''),
  /** Namespace the operator runs in, with its Lease and its signing key. */
  MODELKEEPER_NAMESPACE: z.string().min(1).default('modelkeeper-system'),
  /** Looks after this namespace only; empty: after all. */
  MODELKEEPER_WATCH_NAMESPACE: z.string().default(''),
  MODELKEEPER_METRICS_HOST: z.string().default('0.0.0.0'),
  MODELKEEPER_METRICS_PORT: port.default(8_080),
  MODELKEEPER_METRICS_PER_OBJECT: flag.default(true),
  MODELKEEPER_WORKERS: number.pipe(z.int().min(1).max(256)).default(16),
  /** How long others wait for a leader that is gone. */
  MODELKEEPER_LEASE_DURATION: duration.default(15_000),
  /** How long a leader goes on without having renewed its lease. */
  MODELKEEPER_RENEW_DEADLINE: duration.default(10_000),
  MODELKEEPER_RETRY_PERIOD: duration.default(2_000),
  /** Where notices may go: a JSON list of {host, port, allowPrivate}. */
  MODELKEEPER_NOTIFY_ALLOWED_HOSTS: json.pipe(z.array(AllowedHost)).default([]),
  /** Authorities, as PEM, that the receivers of notices may have their certificates from besides those that all trust. */
  MODELKEEPER_NOTIFY_CA_BUNDLE: certificates.default([]),
  MODELKEEPER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  POD_NAME: z.string().default(hostname()),
}).superRefine((env, context) => {
  const below = (name: 'MODELKEEPER_RENEW_DEADLINE' | 'MODELKEEPER_RETRY_PERIOD', limit: 'MODELKEEPER_LEASE_DURATION' | 'MODELKEEPER_RENEW_DEADLINE'): void => {
    if (env[name] >= env[limit]) context.addIssue({ code: 'custom', path: [name], message: `must be shorter than ${limit}` });
  };
  below('MODELKEEPER_RENEW_DEADLINE', 'MODELKEEPER_LEASE_DURATION');
  below('MODELKEEPER_RETRY_PERIOD', 'MODELKEEPER_RENEW_DEADLINE');
});

export interface OperatorConfig {
  readonly kubeconfig: string | undefined;
  readonly image: string;
  readonly mlserverImage: string;
  readonly namespace: string;
  readonly watchNamespace: string;
  readonly metrics: { readonly host: string; readonly port: number; readonly perObject: boolean };
  readonly workers: number;
  readonly election: ElectionTimes;
  readonly notify: { readonly allowedHosts: readonly AllowedHost[]; readonly authorities: readonly string[] };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Different for each process, so that no process takes another one's lease for its own. */
  readonly identity: string;
}

/** Reads the environment once; throws an error that names the variable to change. */
export function operatorConfig(environment: NodeJS.ProcessEnv): OperatorConfig {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`environment variable ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
  }
  const env = parsed.data;
  return {
    kubeconfig: env.KUBECONFIG === '' ? undefined : env.KUBECONFIG,
    image: env.MODELKEEPER_IMAGE,
    mlserverImage: env.MODELKEEPER_MLSERVER_IMAGE,
    namespace: env.MODELKEEPER_NAMESPACE,
    watchNamespace: env.MODELKEEPER_WATCH_NAMESPACE,
    metrics: { host: env.MODELKEEPER_METRICS_HOST, port: env.MODELKEEPER_METRICS_PORT, perObject: env.MODELKEEPER_METRICS_PER_OBJECT },
    workers: env.MODELKEEPER_WORKERS,
    election: { durationMs: env.MODELKEEPER_LEASE_DURATION, renewDeadlineMs: env.MODELKEEPER_RENEW_DEADLINE, retryMs: env.MODELKEEPER_RETRY_PERIOD },
    notify: { allowedHosts: env.MODELKEEPER_NOTIFY_ALLOWED_HOSTS, authorities: env.MODELKEEPER_NOTIFY_CA_BUNDLE },
    logLevel: env.MODELKEEPER_LOG_LEVEL,
    identity: `${env.POD_NAME}-${randomUUID().slice(0, 8)}`,
  };
}
