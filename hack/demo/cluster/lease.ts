import { withLock } from '../../cluster/lock.ts';

const file = '/run/modelkeeper-stage.lock';

/** The machine's node for one demo or test run at a time: what one of them takes away, the other would be working in. */
export class Lease {
  #giveBack: (() => void) | undefined;

  /** Waits for whoever has it; `onWait` is told that process. It ends with this process, if not before. */
  take(onWait: (process: string) => void): Promise<void> {
    return new Promise((taken, failed) => {
      const held = (): Promise<void> => new Promise((giveBack) => {
        this.#giveBack = giveBack;
        taken();
      });
      withLock(file, (owner) => onWait(owner.split(':')[0] ?? ''), held).catch(failed);
    });
  }

  giveBack(): void {
    this.#giveBack?.();
  }
}
