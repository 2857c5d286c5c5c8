import { z } from 'zod';
import { digestPattern } from './manifest.ts';

/** Where the containers of our pods see things. The user's container sees only `work`. */
export const paths = {
  store: '/store',
  claims: '/claims',
  work: '/work',
  models: '/mnt/models',
  terminationLog: '/dev/termination-log',
} as const;

/** Exit codes of the agent; a code of 13 may succeed when tried again, the others need a change. */
export const exitCodes = {
  InvalidTask: 2,
  DigestMismatch: 10,
  NotFound: 11,
  AccessDenied: 12,
  StoreUnavailable: 13,
  OutputMissing: 14,
  ResultInvalid: 15,
  InputInvalid: 16,
} as const;
export type ExitReason = keyof typeof exitCodes;

/** The environment variable that carries the task of an agent container, as JSON. */
export const taskVariable = 'MODELKEEPER_TASK';

const name = z.string().min(1).max(63);
const digest = z.string().regex(digestPattern);
/** `path` is relative to the mounted volume `root` and must not lead out of it, neither by `..` nor by a symbolic link. */
const location = z.strictObject({ root: z.string().startsWith('/'), path: z.string() });
const record = z.strictObject({ runUid: z.string().min(1), step: name, attempt: z.int().min(1) });
const store = z.strictObject({ root: z.string().startsWith('/'), namespace: name });

/**
 * Copies inputs to `<work>/inputs/<name>` and makes the folders `outputs`, `results`, `home` and `tmp` below work.
 * An input with a digest is an artifact of the store, verified while it is copied; one without is a plain file or
 * folder (names ending in .tmp left out), whose digest is computed. One without a place is an empty folder: there is no
 * champion yet. The message names each input's digest and size, and leaves out those that are empty.
 */
export const FetchTask = z.strictObject({
  verb: z.literal('fetch'),
  work: z.string().startsWith('/'),
  inputs: z.array(z.strictObject({ name, from: location.optional(), digest: digest.optional() })).max(8),
});
/**
 * Moves `<work>/outputs/<name>` into the store under its digest, reads `<work>/results/<name>` (trimmed, at most 32
 * bytes), and leaves the same message in the store as the record of this attempt before it ends.
 */
export const PublishTask = z.strictObject({
  verb: z.literal('publish'),
  work: z.string().startsWith('/'),
  outputs: z.array(name).max(8),
  results: z.array(name).max(16),
  store,
  record,
});
/**
 * Reads the rows of `<work>/inputs/<input>`, a CSV or Parquet file or a folder of them in the order of their names, and
 * writes their profile (operator/profile/format.ts) to `<work>/outputs/profile`. `label` and `prediction` name columns that
 * are no features.
 */
export const ProfileTask = z.strictObject({
  verb: z.literal('profile'),
  work: z.string().startsWith('/'),
  input: name,
  label: z.string().min(1).max(256).optional(),
  prediction: z.string().min(1).max(256).optional(),
});
/** Repeats the message that the publish container of a lost pod left in the store. */
export const RecallTask = z.strictObject({ verb: z.literal('recall'), store, record });
/** Begins the line of standard output in which `verify` prints a profile: gzip of its file, as base64. */
export const profileLine = 'modelkeeper-profile ';
/** A larger gzip is not printed: a ConfigMap could not hold it. */
export const maxProfileBytes = 512 * 1024;
/**
 * Reads every byte of an artifact again and compares it with its digest; the same for the profile, which is printed after
 * `profileLine`, with nothing behind it when it is too large.
 */
export const VerifyTask = z.strictObject({
  verb: z.literal('verify'),
  artifact: location,
  digest,
  profile: z.strictObject({ from: location, digest }).optional(),
});
/** Copies an artifact into a serving pod, verified; nothing is left in `to` unless all of it is right. */
export const LoadTask = z.strictObject({ verb: z.literal('load'), artifact: location, digest, to: z.string().startsWith('/') });

export const Task = z.discriminatedUnion('verb', [FetchTask, ProfileTask, PublishTask, RecallTask, VerifyTask, LoadTask]);
export type Task = z.infer<typeof Task>;
