import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { message } from '../../test/receivers/messages.ts';
import { FakeClock } from '../runtime/testing/clock.ts';
import { Deliveries } from './delivery.ts';
import type { Dispatch } from './dispatcher.ts';
import type { Notice, NoticeFacts } from './notice.ts';

/** A request that has been sent, and waits for its answer. */
interface Pending {
  readonly key: string;
  readonly host: string;
  readonly signal: AbortSignal;
  answer(dispatch: Dispatch): Promise<void>;
}

const accepted: Dispatch = { state: 'Answered', answer: { status: 200, body: 'ok', retryAfter: undefined } };
const busy = (retryAfter?: string): Dispatch => ({ state: 'Answered', answer: { status: 429, body: '', retryAfter } });
const ml = 'ml/fraud';

let clock: FakeClock;
let deliveries: Deliveries;
let pending: Pending[];
let sent: string[];
let told: string[];
let reads: number;
let secrets: Map<string, string>;
let leading: boolean;

/** Lets everything happen that waits for nothing. */
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

function notice(key: string, secret = 'hooks'): Notice {
  return { key, type: 'Slack', namespace: 'ml', secretKeyRef: { name: secret, key: 'url' }, message };
}

async function want(key: string, ...notices: readonly Notice[]): Promise<void> {
  deliveries.want(key, notices);
  await settled();
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

function only(): Pending {
  const [first, ...more] = pending;
  if (!first || more.length > 0) throw new Error(`${pending.length} requests wait for an answer`);
  return first;
}

function states(facts: NoticeFacts = deliveries.facts(ml)): Record<string, string> {
  return Object.fromEntries([...facts].map(([key, delivery]) => [key, delivery.state === 'Failed' ? delivery.reason : delivery.state]));
}

beforeEach(() => {
  clock = new FakeClock();
  pending = [];
  sent = [];
  told = [];
  reads = 0;
  secrets = new Map([['hooks', 'https://hooks.slack.com/x']]);
  leading = true;
  deliveries = new Deliveries({
    clock,
    leading: () => leading,
    onTry: () => undefined,
    readSecret: ({ name }) => {
      reads += 1;
      const url = secrets.get(name);
      return Promise.resolve(url === undefined ? undefined : new Map([['url', url]]));
    },
    post: (url, { key, signal }) => new Promise((resolve) => {
      sent.push(key);
      const request: Pending = { key, host: url.host, signal, answer: (dispatch) => {
        pending = pending.filter((other) => other !== request);
        resolve(dispatch);
        return settled();
      } };
      pending.push(request);
    }),
  });
  deliveries.onChange((key) => told.push(key));
});
afterEach(() => deliveries.close());

describe('a notice', () => {
  test('is sent at once, and known to be when it is accepted', async () => {
    await want(ml, notice('a'));
    expect([sent, states(), told]).toEqual([['a'], {}, []]);
    await only().answer(accepted);
    expect([states(), told, clock.untilNext]).toEqual([{ a: 'Sent' }, [ml], undefined]);
  });

  test('that was sent is not sent again while it is wanted', async () => {
    await want(ml, notice('a'));
    await only().answer(accepted);
    await want(ml, { ...notice('a'), message: { ...message, title: 'other words' } });
    await pass(600_000);
    expect([sent, states()]).toEqual([['a'], { a: 'Sent' }]);
  });

  test('is not sent a second time while it is on its way', async () => {
    await want(ml, notice('a'));
    await pass(60_000);
    await want(ml, notice('a'));
    expect(sent).toEqual(['a']);
  });

  test('is not sent a second time when it is given up and wanted again on its way', async () => {
    await want(ml, notice('a'));
    deliveries.want(ml, undefined);
    await want(ml, notice('a'));
    await only().answer(accepted);
    expect([sent, states()]).toEqual([['a'], { a: 'Sent' }]);
  });

  test('that nobody wants any more is forgotten, also when it was on its way', async () => {
    await want(ml, notice('a'));
    deliveries.want(ml, []);
    await only().answer(busy());
    await pass(600_000);
    expect([sent, states(), told, clock.untilNext]).toEqual([['a'], {}, [], undefined]);
  });

  test('has the key of its object: two objects may use one', async () => {
    await want(ml, notice('a'));
    await want('ml/churn', notice('a'));
    const [first] = pending;
    await first?.answer(accepted);
    expect([sent, states(), states(deliveries.facts('ml/churn')), told]).toEqual([['a', 'a'], { a: 'Sent' }, {}, [ml]]);
  });
});

describe('a notice that was not accepted', () => {
  test('is tried again after 5 s, then twice as long each time up to 5 minutes', async () => {
    await want(ml, notice('a'));
    const pauses = [];
    for (let count = 0; count < 9; count++) {
      await only().answer(busy());
      let waited = 0;
      while (pending.length === 0) {
        await pass(1_000);
        waited += 1;
      }
      pauses.push(waited);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test.each([['120', 120], ['1', 5], ['86400', 300]])('is tried again when the receiver says, within limits: Retry-After %s', async (retryAfter, seconds) => {
    await want(ml, notice('a'));
    await only().answer(busy(retryAfter));
    await pass((seconds - 1) * 1_000);
    const before = sent.length;
    await pass(1_000);
    expect([before, sent.length]).toEqual([1, 2]);
  });

  test('is told once for one reason, and again for another', async () => {
    await want(ml, notice('a'));
    for (const dispatch of [busy(), busy(), { state: 'Failed', reason: 'Unreachable', message: 'x' } as const]) {
      await only().answer(dispatch);
      await pass(60_000);
    }
    expect([told.length, states()]).toEqual([2, { a: 'Unreachable' }]);
  });

  test('stays known to have failed while it is tried again', async () => {
    await want(ml, notice('a'));
    await only().answer(busy());
    await pass(5_000);
    expect([pending.length, states()]).toEqual([1, { a: 'Busy' }]);
    await only().answer(accepted);
    expect(states()).toEqual({ a: 'Sent' });
  });

  test('goes where the Secret points when it is tried again', async () => {
    secrets.delete('hooks');
    await want(ml, notice('a'));
    expect(states()).toEqual({ a: 'SecretNotFound' });
    secrets.set('hooks', 'https://other.example/x');
    await pass(5_000);
    expect(only().host).toBe('other.example');
  });

  test('is tried at once when it is to use another Secret', async () => {
    await want(ml, notice('a', 'missing'));
    await want(ml, notice('a'));
    await only().answer(accepted);
    expect(states()).toEqual({ a: 'Sent' });
  });
});

describe('notices of one object', () => {
  test('go out one at a time, the next one when the last is on record', async () => {
    await want(ml, notice('a'), notice('b'));
    expect(sent).toEqual(['a']);
    await only().answer(accepted);
    await pass(60_000);
    expect(sent).toEqual(['a']);
    await want(ml, notice('b'));
    expect([sent, states()]).toEqual([['a', 'b'], {}]);
  });

  test('do not wait for one that was not accepted', async () => {
    await want(ml, notice('a'), notice('b'));
    await only().answer(busy());
    expect([sent, states()]).toEqual([['a', 'b'], { a: 'Busy' }]);
  });
});

describe('notices of many objects', () => {
  const wantEach = async (...notices: readonly Notice[]): Promise<void> => {
    for (const one of notices) deliveries.want(`ml/${one.key}`, [one]);
    await settled();
  };
  const keys = Array.from({ length: 20 }, (_, index) => `n${String(index).padStart(2, '0')}`);

  test('go to one receiver two at a time', async () => {
    await wantEach(...keys.map((key) => notice(key)));
    let most = 0;
    while (pending.length > 0) {
      most = Math.max(most, pending.length);
      await pending[0]?.answer(accepted);
    }
    expect([most, [...sent].sort(), keys.every((key) => states(deliveries.facts(`ml/${key}`))[key] === 'Sent')]).toEqual([2, keys, true]);
  });

  test('go to all receivers eight at a time', async () => {
    for (const key of keys) secrets.set(key, `https://${key}.example/x`);
    await wantEach(...keys.map((key) => notice(key, key)));
    expect(pending.length).toBe(8);
    await pending[0]?.answer(accepted);
    expect(pending.length).toBe(8);
  });

  test('do not wait for a receiver that does not answer', async () => {
    secrets.set('slow', 'https://slow.example/x');
    await wantEach(...keys.map((key) => notice(key, 'slow')), notice('z'));
    await pass(1_000);
    expect(sent).toContain('z');
  });

  test('that wait for their receiver do not have their Secret read each second', async () => {
    await wantEach(...keys.map((key) => notice(key)));
    const before = reads;
    await pass(1_000);
    await pass(1_000);
    expect(reads - before).toBeLessThanOrEqual(keys.length);
    const after = reads;
    await pass(1_000);
    expect(reads).toBe(after);
  });
});

test('a process that does not lead sends nothing, and begins when it does', async () => {
  leading = false;
  await want(ml, notice('a'));
  await pass(60_000);
  expect([sent, reads]).toEqual([[], 0]);
  leading = true;
  await pass(1_000);
  expect(sent).toEqual(['a']);
});

test('closing gives up what is on its way, and nothing follows', async () => {
  await want(ml, notice('a'));
  const { signal } = only();
  deliveries.close();
  expect(signal.aborted).toBe(true);
  await only().answer(accepted);
  await want(ml, notice('b'));
  await pass(60_000);
  expect([sent, states(), told, clock.untilNext]).toEqual([['a'], {}, [], undefined]);
});
