import { basename } from 'node:path';
import type { Image } from './build.ts';

/** The name of an image after it was pushed below `registry`, such as `ghcr.io/acme`. */
export function pushedRef(registry: string, { ref }: Pick<Image, 'ref'>): string {
  return `${registry.replace(/\/+$/, '')}/${basename(ref)}`;
}

/** Commands a person can paste to put the images where another cluster pulls from. */
export function imagePushCommands(registry: string, images: readonly Image[]): string[] {
  return images.map((image) => `skopeo copy oci-archive:${image.archive} docker://${pushedRef(registry, image)}`);
}
