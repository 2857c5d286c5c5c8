import { createPrivateKey } from 'node:crypto';

/** The operator's signing key in every run, as PEM: its public half is in what is stored, and must not differ from run to run. */
export function signingKeyPem(): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString();
}
