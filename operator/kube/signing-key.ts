import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isAlreadyExists } from '../runtime/errors.ts';
import type { Json } from '../runtime/kind.ts';
import { collectionPath } from './paths.ts';
import { readSecret, secrets } from './secret.ts';
import type { Transport } from './transport.ts';

const entry = 'ed25519.pem';

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
    await transport.request({ method: 'POST', path: collectionPath(secrets, at.namespace), body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const made = await read(transport, at);
  if (!made) throw new Error(`Secret ${at.name} was deleted while the operator started`);
  return made;
}

async function read(transport: Transport, at: { readonly namespace: string; readonly name: string }): Promise<SigningKey | undefined> {
  const found = await readSecret(transport, at);
  if (!found) return undefined;
  const pem = found.get(entry);
  if (pem === undefined) throw new Error(`Secret ${at.name} has no key ${entry}: delete it, and the operator makes another one`);
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() };
}
