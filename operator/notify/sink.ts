import type { Json } from '../runtime/kind.ts';
import type { Notice } from './notice.ts';

/** What a receiver said, with no more than the beginning of its body. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** Busy is worth another try without anybody's change. */
export type Reception = 'Accepted' | 'Busy' | 'Refused';

/** One format of messages, and how those who take it answer. */
export interface Sink {
  payload(notice: Pick<Notice, 'key' | 'message'>): Json;
  reception(answer: Answer): Reception;
}

/** What a status says that is no success. A redirect is a refusal: none is followed. */
export function failedReception(status: number): Exclude<Reception, 'Accepted'> {
  return status === 408 || status === 429 || status >= 500 ? 'Busy' : 'Refused';
}
