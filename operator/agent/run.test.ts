import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, type Task } from '../dataplane/task.ts';
import { failureOf } from './failure.ts';
import { parseTask, reportFailure, runAgent } from './run.ts';

const task: Task = { verb: 'recall', store: { root: '/nowhere', namespace: 'team' }, record: { runUid: 'u', step: 's', attempt: 1 } };

test('a task is read from its JSON', () => {
  expect(parseTask(JSON.stringify(task))).toEqual(task);
});

test.each([undefined, '', 'not json', '{"verb":"destroy"}', JSON.stringify({ ...task, more: 1 })])('%j is no task', (json) => {
  expect(() => parseTask(json)).toThrow(/MODELKEEPER_TASK/);
});

describe('a failure of the file system has the exit code of its cause', () => {
  test.each([
    ['ENOENT', 'NotFound'], ['ENOTDIR', 'NotFound'], ['EACCES', 'AccessDenied'], ['EPERM', 'AccessDenied'], ['ENOSPC', 'StoreUnavailable'],
    ['EIO', 'StoreUnavailable'], ['ESTALE', 'StoreUnavailable'], ['EROFS', 'StoreUnavailable'], ['ETIMEDOUT', 'StoreUnavailable'],
  ] as const)('%s: %s', (code, reason) => {
    const error = Object.assign(new Error('x'), { code, syscall: 'open', path: '/store/a\nb' });
    expect(failureOf(error).exitCode).toBe(exitCodes[reason]);
    expect(failureOf(error).sentence).toContain('(open "/store/a\\nb")');
  });
});

test('what an unforeseen error says goes to the log and not to the message', () => {
  expect(failureOf(new TypeError('secret'))).toEqual({ exitCode: 1, sentence: 'the agent failed unexpectedly; its log says more' });
});

test('a message that cannot be written is logged and does not change the exit code', async () => {
  const log: string[] = [];
  const io = { terminationLog: '/nowhere/log', log: (line: string) => log.push(line) };
  expect(await runAgent(task, io)).toBe(exitCodes.NotFound);
  expect(log.join()).toMatch(/termination message was not written/);
});

test('a failure before the task is known is reported in the same way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'modelkeeper-agent-'));
  try {
    parseTask(undefined);
  } catch (error) {
    expect(await reportFailure(error, { terminationLog: join(folder, 'log'), log: () => undefined })).toBe(exitCodes.InvalidTask);
  } finally {
    await rm(folder, { recursive: true });
  }
});
