import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { cpuMs, cpuMsBelow, rssMiB } from './usage.ts';

test.each<[string, string]>([
  ['adds up user and system time', '42 (node) S 1 42 42 0 -1 4194560 100 200 0 0 150 25 7 9 20 0 11 0 12345 1000 2000'],
  ['is not misled by a name with blanks and brackets', '42 (a) S 9 9) S 1 42 42 0 -1 4194560 100 200 0 0 150 25 7 9 20 0 11 0 12345 1000 2000'],
])('processor time %s', (_name, stat) => expect(cpuMs(stat)).toBe(1_750));

test('memory is what is resident', () => {
  expect(rssMiB('Name:\tnode\nVmPeak:\t  900000 kB\nVmRSS:\t  131072 kB\nThreads:\t11\n')).toBe(128);
});

test('a process is found below the one that started it, by the name of its program', async () => {
  const busy = spawn('sh', ['-c', `"${process.execPath}" -e 'for (;;);' & wait`], { stdio: 'ignore', detached: true });
  await once(busy, 'spawn');
  try {
    while (cpuMsBelow(process.pid, basename(process.execPath)) === 0) await setImmediate();
    expect(cpuMsBelow(process.pid, 'no-such-program')).toBe(0);
  } finally {
    process.kill(-(busy.pid ?? 0), 'SIGKILL');
  }
});
