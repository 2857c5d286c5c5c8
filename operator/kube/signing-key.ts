import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isAlreadyExists, isNotFound } from '../runtime/errors.ts';
import type { Json } from '../runtime/kind.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { Transport } from './transport.ts';

const resource = { group: '', version: 'v1', plural: 'secrets' };
const entry = 'ed25519.pem';
const Stored = z.object({ data: z.object({ [entry]: z.string() }) });

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** SPKI as PEM. */
  readonly publicKey: string;
}

/** The key by which routers know the operator: one Secret in the operator's namespace, made at the first start. */
export async function signingKey(transport: Transport, at: { readonly namespace: string; readonly name: string }): Promise<SigningKey> {
  const found = await read(transport, at);
  if (found) return found;
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const body: Json = {
    apiVersion: 'v1', kind: 'Secret', metadata: at, type: 'Opaque', data: { [entry]: Buffer.from(pem).toString('base64') },
  };
  try {
    await transport.request({ method: 'POST', path: collectionPath(resource, at.namespace), body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const made = await read(transport, at);
  if (!made) throw new Error(`Secret ${at.name} was deleted while the operator started`);
  return made;
}

async function read(transport: Transport, at: { readonly namespace: string; readonly name: string }): Promise<SigningKey | undefined> {
  try {
    const { data } = Stored.parse(await transport.request({ method: 'GET', path: objectPath(resource, at) }));
    const privateKey = createPrivateKey(Buffer.from(data[entry], 'base64'));
    return { privateKey, publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
