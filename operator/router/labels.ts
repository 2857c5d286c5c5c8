import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answer.ts';
import { ClientGone, readText, TooLarge } from './body.ts';
import type { Capture } from './capture/capture.ts';
import type { Configuration } from './configuration.ts';
import { readFeedback, Recent, TokenBucket } from './feedback.ts';
import type { FeedbackRefusal, Metrics } from './metrics.ts';

const feedbackBytes = 64 * 1024;
const rememberedIds = 100_000;

export interface Labelling {
  readonly configuration: Configuration;
  readonly metrics: Metrics;
  readonly capture: Capture;
  readonly perSecond: number;
  readonly now: () => number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: readonly string[];
}

/** Counts labels that clients send for predictions, whichever router those came from. */
export class Labels {
  readonly #parts: Labelling;
  readonly #bucket: TokenBucket;
  readonly #counted = new Recent(rememberedIds);

  constructor(parts: Labelling) {
    this.#parts = parts;
    this.#bucket = new TokenBucket(parts.perSecond, parts.now());
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { status, ...content } = await this.#reply(req);
    answer(req, res, status, content);
  }

  async #reply(req: IncomingMessage): Promise<Reply> {
    const { configuration, now } = this.#parts;
    if (!configuration.current.feedback) return { status: 404, body: { error: 'this ModelDeployment takes no feedback' } };
    if (!this.#bucket.take(now())) {
      return { ...this.#refuse('rate_limited', 429, 'too much feedback'), headers: ['retry-after', '1'] };
    }
    try {
      return this.#count(await readText(req, feedbackBytes));
    } catch (error) {
      if (error instanceof TooLarge) return this.#refuse('malformed', 413, error.message);
      if (error instanceof ClientGone) return this.#refuse('malformed', 400, error.message);
      throw error;
    }
  }

  #count(body: string): Reply {
    const { configuration, metrics, capture } = this.#parts;
    const feedback = readFeedback(body);
    if ('status' in feedback) return this.#refuse(feedback.reason, feedback.status, feedback.message);
    const { version, start, nonce, outcomes } = feedback;
    if (this.#counted.has(nonce)) {
      metrics.refused('duplicate');
      return { status: 200, body: { counted: 0, duplicate: true } };
    }
    if (!configuration.knows(version)) {
      metrics.refused('unknown_version');
      return { status: 202, body: { counted: 0 } };
    }
    this.#counted.add(nonce);
    for (const outcome of outcomes) {
      configuration.window.countLabel(version, outcome);
      metrics.labelled(version, outcome);
    }
    capture.label(version, start, outcomes);
    return { status: 202, body: { counted: outcomes.length } };
  }

  #refuse(reason: FeedbackRefusal, status: number, message: string): Reply {
    this.#parts.metrics.refused(reason);
    return { status, body: { error: message } };
  }
}
