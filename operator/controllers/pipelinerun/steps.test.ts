import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { at, digest, frozen, make, message, now } from '../../../test/make.ts';
import type { StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import type { StoredJob } from '../resources/workloads.ts';
import type { AttemptSeen } from './attempt.ts';
import { hasEnded, jobName, nextSteps, type StepsSeen } from './steps.ts';

const run = make.run().metadata;
const spec = make.pipeline().spec;
const [train] = spec.steps;
/** Three steps of which the last needs nothing. */
const wide = { ...spec, steps: [...spec.steps, { ...train!, name: 'plot', outputs: [] }] };
const retrying = { ...spec, steps: spec.steps.map((step) => ({ ...step, retry: { limit: 2 } })) };

const jobOf = (step: string, attempt: number): { name: string; uid: string } => ({ name: jobName(run, step, attempt), uid: `uid-${jobName(run, step, attempt)}` });
const running = (step: string, attempt = 1, changes = {}): StepStatus => make.step(step, 'Running', { attempt, job: jobOf(step, attempt), startedAt: at(-30), ...changes });
const job = (step: string, attempt: number, ended?: StoredJob['ended']): StoredJob => make.job(jobOf(step, attempt).name, run, ended === undefined ? {} : { ended });
const ended = (name: string, code: number, text = '') => ({ name, exit: { code, reason: '', message: text } });
const published: AttemptSeen = {
  job: job('train', 1, 'Complete'),
  pod: make.pod('p', job('train', 1).metadata, { phase: 'Succeeded', containers: [ended('publish', 0, message({ artifacts: [{ name: 'model', digest: digest('a'), bytes: 7 }] }))] }),
};
const crashed = (step: string, attempt: number): AttemptSeen => ({
  job: job(step, attempt, 'Failed'), pod: make.pod('p', job(step, attempt).metadata, { phase: 'Failed', containers: [ended('step', 1)] }),
});
const seen = (attempts: StepsSeen['attempts'] = {}, more: Partial<StepsSeen> = {}): StepsSeen => ({ run, attempts, cancel: false, alive: () => false, ...more });
const pending = (name: string): StepStatus => make.step(name, 'Pending');
const trained = make.step('train', 'Succeeded', { attempt: 1, job: jobOf('train', 1), startedAt: at(-30), finishedAt: at(0), outputs: [{ name: 'model', digest: digest('a'), bytes: 7 }] });
const started = (name: string, attempt = 1): StepStatus => make.step(name, 'Running', { attempt, job: { name: jobName(run, name, attempt) }, startedAt: at(0) });

const cases: Record<string, { spec?: typeof spec; recorded: StepStatus[]; seen: StepsSeen; next: StepStatus[] }> = {
  'start when they depend on nothing': { recorded: [], seen: seen(), next: [started('train'), pending('evaluate')] },
  'start side by side': { spec: wide, recorded: [], seen: seen(), next: [started('train'), pending('evaluate'), started('plot')] },
  'wait until what they read is there': { recorded: [running('train'), pending('evaluate')], seen: seen({ train: { job: job('train', 1) } }), next: [running('train'), pending('evaluate')] },
  'start as soon as it is': { recorded: [running('train'), pending('evaluate')], seen: seen({ train: published }), next: [trained, started('evaluate')] },
  'remember the uid of their Job once it is seen': {
    recorded: [started('train'), pending('evaluate')], seen: seen({ train: { job: job('train', 1) } }),
    next: [{ ...started('train'), job: jobOf('train', 1) }, pending('evaluate')],
  },
  'are tried again under another Job name': {
    spec: retrying, recorded: [running('train'), pending('evaluate')], seen: seen({ train: crashed('train', 1) }),
    next: [{ ...started('train', 2), startedAt: at(-30) }, pending('evaluate')],
  },
  'are tried again when their Job was deleted': {
    spec: retrying, recorded: [running('train', 2), pending('evaluate')], seen: seen({ train: {} }),
    next: [{ ...started('train', 3), startedAt: at(-30) }, pending('evaluate')],
  },
  'fail after the last attempt, and later ones are left out': {
    spec: retrying, recorded: [running('train', 3), pending('evaluate')], seen: seen({ train: crashed('train', 3) }),
    next: [
      running('train', 3, { state: 'Failed', finishedAt: at(0), reason: 'StepFailed', message: 'the step exited with code 1; its log tells why' }),
      make.step('evaluate', 'Omitted', { reason: 'EarlierStepFailed', message: 'an earlier step did not succeed' }),
    ],
  },
  'go on when another one fails': {
    spec: wide, recorded: [running('train'), pending('evaluate'), running('plot')],
    seen: seen({ train: crashed('train', 1), plot: { job: job('plot', 1) } }),
    next: [
      running('train', 1, { state: 'Failed', finishedAt: at(0), reason: 'StepFailed', message: 'the step exited with code 1; its log tells why' }),
      make.step('evaluate', 'Omitted', { reason: 'EarlierStepFailed', message: 'an earlier step did not succeed' }),
      running('plot'),
    ],
  },
  'ask the store when the report was lost': {
    recorded: [running('train'), pending('evaluate')], seen: seen({ train: { job: job('train', 1, 'Complete') } }),
    next: [running('train', 1, { job: { ...jobOf('train', 1), recall: 'fraud-run-train-3b4a69c6' } }), pending('evaluate')],
  },
  'forget a trouble that has passed': {
    recorded: [running('train', 1, { reason: 'Unschedulable', message: 'no node' }), pending('evaluate')], seen: seen({ train: { job: job('train', 1) } }),
    next: [running('train'), pending('evaluate')],
  },
  'never change after their end, whatever becomes of the Job': {
    recorded: [trained, make.step('evaluate', 'Failed', { attempt: 1, job: jobOf('evaluate', 1), reason: 'StepFailed', message: 'no' })],
    seen: seen({ train: crashed('train', 1), evaluate: { job: job('evaluate', 1, 'Complete') } }),
    next: [trained, make.step('evaluate', 'Failed', { attempt: 1, job: jobOf('evaluate', 1), reason: 'StepFailed', message: 'no' })],
  },
  'that have not started are cancelled at once, running ones wait for their Job': {
    recorded: [running('train'), pending('evaluate')], seen: seen({ train: { job: job('train', 1) } }, { cancel: true }),
    next: [running('train', 1, { reason: 'Cancelling', message: 'waiting for the pod to end' }), make.step('evaluate', 'Cancelled')],
  },
  'wait for their pods when the Job is gone': {
    recorded: [running('train'), make.step('evaluate', 'Cancelled')], seen: seen({ train: {} }, { cancel: true, alive: () => true }),
    next: [running('train', 1, { reason: 'Cancelling', message: 'waiting for the pod to end' }), make.step('evaluate', 'Cancelled')],
  },
  'are cancelled when Job and pods are gone': {
    recorded: [running('train', 1, { reason: 'Cancelling', message: 'waiting for the pod to end' }), make.step('evaluate', 'Cancelled')], seen: seen({ train: {} }, { cancel: true }),
    next: [running('train', 1, { state: 'Cancelled', finishedAt: at(0) }), make.step('evaluate', 'Cancelled')],
  },
  'are cancelled when the report is lost: nobody reads the record any more': {
    recorded: [running('train'), make.step('evaluate', 'Cancelled')], seen: seen({ train: { job: job('train', 1, 'Complete') } }, { cancel: true }),
    next: [running('train', 1, { state: 'Cancelled', finishedAt: at(0) }), make.step('evaluate', 'Cancelled')],
  },
  'that succeeded before they could be cancelled have succeeded': {
    recorded: [running('train'), pending('evaluate')], seen: seen({ train: published }, { cancel: true }),
    next: [trained, make.step('evaluate', 'Cancelled')],
  },
};

describe('steps', () => {
  test.each(Object.entries(cases))('%s', (_name, { spec: own = spec, recorded, seen: facts, next }) => {
    expect(nextSteps(frozen(own), frozen(recorded), frozen(facts), now)).toEqual(next);
  });

  test('have one Job name for each run, step and attempt, within 63 characters', () => {
    const text = (size: number) => fc.stringMatching(new RegExp(`^[a-z][-a-z0-9]{0,${size - 2}}[a-z0-9]$`));
    const names = new Map<string, string>();
    fc.assert(fc.property(fc.record({ name: text(45), uid: fc.uuid() }), text(20), fc.integer({ min: 1, max: 11 }), (owner, step, attempt) => {
      const name = jobName(owner, step, attempt);
      expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
      const key = `${owner.uid} ${step} ${attempt}`;
      expect(names.get(name) ?? key).toBe(key);
      names.set(name, key);
    }));
  });
});

describe('whatever happens to the Jobs', () => {
  const outcome = fc.constantFrom<'none' | 'going' | 'crashed' | 'done' | 'lost'>('none', 'going', 'crashed', 'done', 'lost');
  const world = fc.array(fc.record({ outcomes: fc.array(outcome, { minLength: 3, maxLength: 3 }), cancel: fc.boolean(), alive: fc.boolean() }), { maxLength: 12 });
  const factsOf = (status: StepStatus | undefined, is: string): AttemptSeen => {
    const name = status?.job?.name;
    if (name === undefined || is === 'none') return {};
    const owned = (state?: StoredJob['ended']): StoredJob => make.job(name, run, state === undefined ? {} : { ended: state });
    if (is === 'going') return { job: owned() };
    if (is === 'lost') return { job: owned('Complete') };
    const exit = is === 'done' ? ended('publish', 0, message({})) : ended('step', 1);
    return { job: owned(is === 'done' ? 'Complete' : 'Failed'), pod: make.pod('p', owned().metadata, { phase: is === 'done' ? 'Succeeded' : 'Failed', containers: [exit] }) };
  };

  test('what has ended stays, attempts stay within the limit, and a second look changes nothing', () => {
    const limited = { ...wide, steps: wide.steps.map((step) => ({ ...step, retry: { limit: 1 } })) };
    fc.assert(fc.property(world, (moments) => {
      let recorded: readonly StepStatus[] = [];
      for (const [index, { outcomes, cancel, alive }] of moments.entries()) {
        const look = (steps: readonly StepStatus[]): StepsSeen => frozen({
          run, cancel, alive: () => alive,
          attempts: Object.fromEntries(wide.steps.map(({ name }, place) => {
            const old = recorded.find((step) => step.name === name);
            const status = steps.find((step) => step.name === name);
            // The Job of an attempt that was only just decided on does not exist yet.
            return [name, old?.job?.name === status?.job?.name ? factsOf(status, outcomes[place]!) : {}];
          })),
        });
        const time = now + index * 1_000;
        const next = nextSteps(limited, frozen(recorded), look(recorded), time);
        expect(nextSteps(limited, frozen(next), look(next), time)).toEqual(next);
        for (const step of recorded.filter(hasEnded)) expect(next).toContainEqual(step);
        for (const { attempt } of next) expect(attempt).toBeLessThanOrEqual(2);
        const by = new Map(next.map((step) => [step.name, step.state]));
        if (by.get('evaluate') === 'Running') expect(by.get('train')).toBe('Succeeded');
        recorded = next;
      }
    }));
  });
});
