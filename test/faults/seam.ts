import { Readable } from 'node:stream';
import type { Incoming, Outgoing, Send } from '../../operator/kube/connections.ts';
import { isNumbered, signatureOf, targetOf } from './signature.ts';
import { isAt, type Fault, type Mode, type Outage, type Write } from './world.ts';

/** What the seam may do to the process whose write it holds. */
export interface Control {
  kill(): void;
  /** Freezes the process, and resolves when it has been thawed, after its successor has had nothing left to do. */
  pause(): Promise<void>;
  /** Begins it. */
  outage(outage: Outage): void;
}

export interface SeamOptions {
  readonly faults: readonly Fault[];
  readonly namespace: string;
  /** How many revisions the world's history has by now. */
  readonly position: () => number;
}

/** The one place that all writes of all instances of a run pass. */
export interface Seam {
  readonly writes: readonly Write[];
  /** Faults that have happened. */
  readonly reached: ReadonlySet<Fault>;
  /** What a process sent after it had been paused past its lease, other than the write it was paused at. */
  readonly late: readonly Write[];
  intercept(instance: number, control: Control): (send: Send) => Send;
}

/** Numbers writes from 1, keeps what became of each, and lets happen to them what the plan says. */
export function openSeam({ faults, namespace, position }: SeamOptions): Seam {
  const writes: Write[] = [];
  const reached = new Set<Fault>();
  const late: Write[] = [];
  const deposed = new Set<number>();
  const times = new Map<string, number>();
  const enter = (request: Outgoing, instance: number): Write => {
    const what = signatureOf(request, namespace);
    const occurrence = (times.get(what) ?? 0) + 1;
    times.set(what, occurrence);
    const { plural = '', name = '' } = targetOf(request.path) ?? {};
    const write: Write = { number: writes.length + 1, instance, signature: `${what} #${occurrence}`, verb: request.method, plural, name, status: undefined, position: position() };
    writes.push(write);
    if (deposed.has(instance)) late.push(write);
    return write;
  };
  return {
    writes, reached, late,
    intercept: (instance, control) => (send) => async (request) => {
      if (!isNumbered(request)) return send(request);
      const write = enter(request, instance);
      const forward = async (): Promise<Incoming> => {
        const answer = await send(request);
        write.status = answer.status;
        return answer;
      };
      const fault = faults.find((one) => isAt(one, write));
      if (fault === undefined) return forward();
      reached.add(fault);
      const pause = async (): Promise<void> => {
        await control.pause();
        deposed.add(instance);
      };
      return strike(fault.mode, { forward, control: { ...control, pause }, signal: request.signal });
    },
  };
}

interface Struck {
  readonly forward: () => Promise<Incoming>;
  readonly control: Control;
  readonly signal: AbortSignal;
}

async function strike(mode: Mode, { forward, control, signal }: Struck): Promise<Incoming> {
  switch (mode) {
    case 'killBefore':
      control.kill();
      return never();
    case 'killAfter':
      await committed(forward);
      control.kill();
      return never();
    case 'loseReply':
      await committed(forward);
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    case 'pause':
      await control.pause();
      return forward();
    case 'cut':
    case 'halfOpen':
      await committed(forward);
      control.outage(mode);
      return never();
    case 'restart':
    case 'expired':
      control.outage(mode);
      return never();
    case 'timeout':
      return new Promise((_resolve, reject) => {
        const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('the request was aborted'));
        if (signal.aborted) fail();
        else signal.addEventListener('abort', fail, { once: true });
      });
    default:
      return refusal(mode);
  }
}

/** Waits until the API server has answered, and reads the answer, so that no connection is left hanging. */
async function committed(forward: () => Promise<Incoming>): Promise<void> {
  const { body } = await forward();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

const reasons = { 409: 'Conflict', 422: 'Invalid', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable' } as const;

/** What an API server answers when it refuses a request; those that say that it is busy tell when to come back. */
function refusal(status: keyof typeof reasons): Incoming {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: reasons[status], message: 'refused by the fault plan', code: status };
  return { status, retryAfter: status === 429 || status === 503 ? '1' : undefined, body: Readable.from([Buffer.from(JSON.stringify(body))]) };
}
