import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { feedbackPath, RouterFile } from '../dataplane/routing.ts';
import { Admin } from './admin.ts';
import { Capture } from './capture/capture.ts';
import { Configuration } from './configuration.ts';
import { Labels } from './labels.ts';
import { Listener } from './listener.ts';
import { Metrics } from './metrics.ts';
import { handleProbe } from './probes.ts';
import { Proxy } from './proxy.ts';
import { Resolver } from './resolve.ts';
import { seededRandom } from './schedule.ts';
import { defaultLimits, type Limits, type Ports, type Settings } from './settings.ts';
import { Traffic } from './traffic.ts';

export interface Router {
  /** The ports that were taken. */
  readonly ports: Ports;
  /** Ends without failing a request or losing a count; takes `closeMs`, `countMs` and `pullMs` together at most. */
  close(): Promise<void>;
}

/** keepAliveTimeout lies above the idle time of usual clients and load balancers, or their requests race with our close. */
const inferenceServer = { keepAliveTimeout: 75_000, headersTimeout: 30_000, requestTimeout: 300_000 };
const internalServer = { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 10_000 };

/** Runs the process in front of a ModelDeployment; rejects when the cold-start file is unusable or a port is taken. */
export async function startRouter(settings: Settings): Promise<Router> {
  const limits: Limits = { ...defaultLimits, ...settings.limits };
  const { publicKey, config } = RouterFile.parse(JSON.parse(await readFile(settings.file, 'utf8')));
  const { log, now, startThread } = settings;
  const metrics = new Metrics();
  const traffic = new Traffic(seededRandom(settings.podUid));
  const capture = new Capture({ metrics, log, startThread, now });
  const configuration = new Configuration(config, { traffic, metrics, capture });
  const resolver = new Resolver(configuration, { everyMs: limits.resolveMs, now }, log);
  const proxy = new Proxy({ configuration, traffic, metrics, capture, limits });
  const labels = new Labels({ configuration, metrics, capture, perSecond: limits.feedbackPerSecond, now });
  const admin = new Admin({ configuration, capture, publicKey: createPublicKey(publicKey), podUid: settings.podUid, log, now });
  let closing: Promise<void> | undefined;
  const ready = (): boolean => closing === undefined && (configuration.pushed || resolver.settled);

  const listeners = await openAll(settings, {
    inference: (req, res) => (isFeedback(req) ? labels : proxy).handle(req, res),
    metrics: (req, res) => handleProbe(req, res, { metrics, ready }),
    admin: (req, res) => admin.handle(req, res),
  });
  void resolver.run();
  const { inference, ...internal } = listeners;
  const close = async (): Promise<void> => {
    resolver.stop();
    await inference.drain(limits.lingerMs, limits.closeMs);
    await traffic.destroy();
    // Last, so that what the last requests were can still be pulled.
    await capture.close(limits);
    await Promise.all([internal.metrics.drain(0, 0), internal.admin.drain(0, 0)]);
  };
  return {
    ports: { inference: inference.port, metrics: internal.metrics.port, admin: internal.admin.port },
    close: () => (closing ??= close()),
  };
}

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

async function openAll({ host, ports, log }: Settings, handlers: Record<keyof Ports, Handler>): Promise<Record<keyof Ports, Listener>> {
  const internal = { host, log, http: internalServer, maxConnections: 256 };
  const [inference, metrics, admin] = await Promise.all([
    Listener.open({ host, log, http: inferenceServer, maxConnections: 10_000, port: ports.inference, handle: handlers.inference }),
    Listener.open({ ...internal, port: ports.metrics, handle: handlers.metrics }),
    // A configuration is large, and is read before its signature can be checked: few at a time.
    Listener.open({ ...internal, maxConnections: 32, port: ports.admin, handle: handlers.admin }),
  ]);
  return { inference, metrics, admin };
}

function isFeedback(req: IncomingMessage): boolean {
  return req.method === 'POST' && req.url?.split('?', 1)[0] === feedbackPath;
}
