import { z } from 'zod';
import { classToken, type ClassToken } from './classes.ts';
import { outcomeOf, type Outcome } from '../profile/classes.ts';
import { decodeId } from './inference-id.ts';
import type { FeedbackRefusal } from './metrics.ts';

const Label = z.union([z.number(), z.string(), z.boolean()]);
const Labels = z.union([Label, z.array(Label).min(1)]);
const Body = z.strictObject({ id: z.string(), label: Labels, prediction: Labels.optional() });

export interface Feedback {
  readonly version: string;
  /** When the pane of the prediction began. */
  readonly start: number;
  readonly nonce: string;
  /** One for each row. */
  readonly outcomes: readonly Outcome[];
}

export interface Refused {
  readonly status: 400 | 422;
  readonly reason: FeedbackRefusal;
  readonly message: string;
}

/** What a feedback body says, from itself and the inference id in it alone. */
export function readFeedback(body: string): Feedback | Refused {
  const parsed = Body.safeParse(parseJson(body));
  if (!parsed.success) {
    return { status: 400, reason: 'malformed', message: 'send JSON {"id", "label", "prediction"?}; label and prediction are a number, string or boolean, or an array with one for each row' };
  }
  const inference = decodeId(parsed.data.id);
  if (inference === undefined) return { status: 400, reason: 'malformed', message: 'the id is not an X-Inference-Id of a response' };
  const sent = parsed.data.prediction === undefined ? undefined : tokens(parsed.data.prediction);
  const predicted = inference.classes ?? sent;
  if (predicted === undefined) {
    return { status: 422, reason: 'no_class', message: 'this id carries no predicted class: send it as "prediction", as an array with one class for each row if there are several' };
  }
  if (sent !== undefined && sent.join('~') !== predicted.join('~')) {
    return { status: 422, reason: 'mismatch', message: '"prediction" is not what the model answered; it may be left out, the id carries it' };
  }
  const actual = tokens(parsed.data.label);
  if (actual.length !== predicted.length) {
    return { status: 422, reason: 'mismatch', message: `"label" has ${actual.length} rows, the prediction has ${predicted.length}` };
  }
  return {
    version: inference.version,
    start: inference.start,
    nonce: inference.nonce,
    outcomes: predicted.map((token, row) => outcomeOf(token, actual[row] ?? '')),
  };
}

function tokens(labels: z.infer<typeof Labels>): readonly ClassToken[] {
  return (Array.isArray(labels) ? labels : [labels]).map(classToken);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Remembers at least the last `limit` texts, at most twice as many. Two generations, because a Set that loses its
 * oldest entry again and again takes longer and longer to find it.
 */
export class Recent {
  readonly #limit: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(text: string): boolean {
    return this.#young.has(text) || this.#old.has(text);
  }

  add(text: string): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(text);
  }
}

/** Lets `perSecond` through each second, and as many at once. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #filledMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#filledMs = nowMs;
  }

  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs);
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (elapsedMs * this.#perSecond) / 1_000);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
