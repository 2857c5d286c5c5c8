import { describe, expect, test } from '@jest/globals';
import { Undo } from './undo.ts';

function recording(): { undo: Undo; done: string[]; reversal: (what: string, fails?: boolean) => Parameters<Undo['push']>[0] } {
  const done: string[] = [];
  return {
    undo: new Undo(() => undefined),
    done,
    reversal: (what, fails = false) => ({
      what,
      command: `remove ${what}`,
      work: () => {
        done.push(what);
        return fails ? Promise.reject(new Error(`${what} stays`)) : Promise.resolve();
      },
    }),
  };
}

describe('undoing', () => {
  test('goes backwards, and happens once', async () => {
    const { undo, done, reversal } = recording();
    undo.push(reversal('release'));
    undo.push(reversal('namespace'));
    expect(undo.commands).toEqual(['remove namespace', 'remove release']);
    await undo.all();
    await undo.all();
    expect(done).toEqual(['namespace', 'release']);
  });

  test('goes on after a failure, and throws it', async () => {
    const { undo, done, reversal } = recording();
    undo.push(reversal('release'));
    undo.push(reversal('namespace', true));
    await expect(undo.all()).rejects.toThrow('namespace stays');
    expect(done).toEqual(['namespace', 'release']);
  });

  test('is one step where that takes everything with it', async () => {
    const { undo, done, reversal } = recording();
    undo.pushWhole(reversal('node'));
    undo.push(reversal('namespace'));
    expect(undo.commands).toEqual(['remove node']);
    await undo.all();
    expect(done).toEqual(['node']);
  });
});
