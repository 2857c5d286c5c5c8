import { expect, test } from '@jest/globals';
import { run } from './run.ts';

test('a command gives its standard output and shows every line', async () => {
  const lines: string[] = [];
  expect(await run(['sh', '-c', 'echo out; echo err >&2'], { onLine: (line) => lines.push(line) })).toBe('out');
  expect(lines.sort()).toEqual(['err', 'out']);
});

test('a failed command says its exit code and its last lines', async () => {
  await expect(run(['sh', '-c', 'seq 1 100; exit 3'])).rejects.toThrow(/exit code 3[^]*\n76\n[^]*\n100$/);
});

test('a program that does not exist is an error', async () => {
  await expect(run(['modelkeeper-no-such-program'])).rejects.toThrow('ENOENT');
});
