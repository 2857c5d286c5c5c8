import type { Control, Seam } from './seam.ts';
import type { Instance, Outage, Sight, Site } from './world.ts';

/** The image of the operator in every run, until it is upgraded. */
const firstImage = 'modelkeeper:1';

export interface OperatorsOptions {
  /** Resolves when the running operator has nothing left to do. */
  readonly settled: () => Promise<unknown>;
  readonly sights: readonly (Sight | undefined)[];
}

/** The operators of one run. One that has died is replaced, as a Deployment would do it. */
export class Operators {
  readonly #site: Site;
  readonly #seam: Seam;
  readonly #options: OperatorsOptions;
  readonly #running = new Set<Instance>();
  /** Those of them that lead, as far as they know themselves. */
  readonly #leading = new Set<Instance>();
  readonly #disturbances = new Set<Promise<void>>();
  #image = firstImage;
  #started = 0;
  #ended = false;

  constructor(site: Site, seam: Seam, options: OperatorsOptions) {
    this.#site = site;
    this.#seam = seam;
    this.#options = options;
    site.onUpgrade(async (image) => {
      await this.undisturbed();
      this.#image = image;
      const old = [...this.#running];
      this.start();
      await Promise.all(old.map((instance) => this.#dismiss(instance)));
    });
  }

  start(): void {
    const index = this.#started;
    this.#started += 1;
    const sight = this.#options.sights[index];
    const control: Control = {
      kill: () => {
        instance.kill();
        this.#replace(instance);
      },
      pause: () => this.#disturb(this.#frozen(instance)),
      outage: (outage) => void this.#disturb(this.#broken(instance, outage)),
    };
    const instance = this.#site.start({ image: this.#image, intercept: this.#seam.intercept(index, control), ...(sight && { sight }) });
    this.#running.add(instance);
    instance.leading.then(() => {
      if (this.#running.has(instance)) this.#leading.add(instance);
    }, () => undefined);
    void instance.ended.then(() => this.#replace(instance));
  }

  /** Whether somebody does the work. */
  get led(): boolean {
    return this.#leading.size > 0;
  }

  /** Whether a process that was paused has yet to go on, or an outage to end. */
  get disturbed(): boolean {
    return this.#disturbances.size > 0;
  }

  /** Resolves when every process that was paused has gone on, and every outage is over. */
  async undisturbed(): Promise<void> {
    while (this.disturbed) await Promise.all(this.#disturbances);
  }

  async stop(): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#running].map((instance) => {
      // One that is still frozen could not end.
      instance.thaw();
      return this.#dismiss(instance);
    }));
  }

  async #dismiss(instance: Instance): Promise<void> {
    this.#forget(instance);
    await instance.stop();
  }

  /** There is a process as long as the world lives. One that has lost its leadership ends, and has a successor already. */
  #replace(instance: Instance): void {
    if (this.#forget(instance) && this.#running.size === 0 && !this.#ended) this.start();
  }

  #forget(instance: Instance): boolean {
    this.#leading.delete(instance);
    return this.#running.delete(instance);
  }

  #disturb(disturbance: Promise<void>): Promise<void> {
    this.#disturbances.add(disturbance);
    // When it fails, whoever waits for the world fails in the same way.
    disturbance.catch(() => undefined).finally(() => this.#disturbances.delete(disturbance));
    return disturbance;
  }

  async #frozen(instance: Instance): Promise<void> {
    instance.freeze();
    this.#leading.delete(instance);
    this.start();
    await this.#options.settled();
    instance.thaw();
  }

  async #broken(instance: Instance, outage: Outage): Promise<void> {
    if (!this.#site.outage) throw new Error('this level has no outages');
    await this.#site.outage(instance, outage);
  }
}
