import type { Post } from '../../../../operator/notify/dispatcher.ts';
import type { Effect, Outside } from '../../world.ts';
import { Process } from '../process.ts';
import type { Scene } from './scene.ts';

/** Those who receive notices. */
export class Receivers {
  readonly effects: Effect[] = [];
  readonly #scene: Scene;
  readonly #outside: Outside;
  readonly #attempts = new Map<string, number>();

  constructor(scene: Scene, outside: Outside) {
    this.#scene = scene;
    this.#outside = outside;
  }

  /** The way of one process to them. */
  postOf(process: Process): Post {
    return (_url, { key }) => new Promise((resolve) => Process.outside(() => this.#scene.soon(20, 100, () => {
      const attempt = (this.#attempts.get(key) ?? 0) + 1;
      this.#attempts.set(key, attempt);
      const status = this.#outside.receiver(key, attempt);
      if (status < 300) this.effects.push({ key });
      const answer = { status, retryAfter: undefined, body: status < 300 ? 'ok' : '' };
      this.#scene.soon(20, 100, () => process.deliver(() => resolve({ state: 'Answered', answer })));
    })));
  }
}
