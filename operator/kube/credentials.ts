import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** Where the API server is and how to be let in. */
export interface Access {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;
  /** Changes when connections made with other values must not be used any longer. */
  readonly fingerprint: string;
}

export interface ConfigSource {
  /** A kubeconfig file; without it $KUBECONFIG, ~/.kube/config or the pod's service account. */
  readonly file?: string;
  readonly context?: string;
}

/** Certificate and token files are looked at again after this time: they rotate while the process runs. */
const freshMs = 60_000;

export function loadConfig(source: ConfigSource): KubeConfig {
  const config = new KubeConfig();
  if (source.file === undefined) config.loadFromDefault();
  else config.loadFromFile(source.file);
  if (source.context !== undefined) config.setCurrentContext(source.context);
  return config;
}

/** The current credentials. Many callers at once cause one reading, and one run of an exec plugin. */
export class Credentials {
  readonly #load: () => KubeConfig;
  #config: KubeConfig | undefined;
  #access: Promise<Access> | undefined;
  #readAt = 0;

  constructor(load: () => KubeConfig) {
    this.#load = load;
  }

  current(): Promise<Access> {
    if (this.#access !== undefined && Date.now() - this.#readAt < freshMs) return this.#access;
    const reading = this.#read();
    this.#access = reading;
    this.#readAt = Date.now();
    reading.catch(() => {
      if (this.#access === reading) this.#access = undefined;
    });
    return reading;
  }

  /** Forgets everything: the whole configuration is loaded again, for client-node keeps tokens for a while. */
  renew(): void {
    this.#config = undefined;
    this.#access = undefined;
  }

  async #read(): Promise<Access> {
    this.#config ??= this.#load();
    return accessOf(this.#config);
  }
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster for the current context');
  if (cluster.proxyUrl !== undefined) throw new Error(`cluster ${cluster.name}: proxy-url is not supported`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  const tls: Access['tls'] = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const hash = createHash('sha256').update(JSON.stringify([cluster.server, tls]));
  return { server: new URL(cluster.server), headers: headersOf(options), tls, fingerprint: hash.digest('hex') };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}
