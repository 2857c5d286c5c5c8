import { parentPort, Worker } from 'node:worker_threads';

/**
 * Ends the process with the code that `main` comes to. The only place that may end it. Each command imports what it
 * needs and no more: a router runs this file a second time, in a thread.
 */
async function main([command]: readonly string[]): Promise<number> {
  switch (command) {
    case 'operator': return runOperator();
    case 'router': return runRouter();
    case 'capture-thread': return runCaptureThread();
    case 'agent': return runAgentTask();
    case undefined:
    default:
      console.error('usage: modelkeeper operator | router | agent <verb>');
      return 2;
  }
}

async function runOperator(): Promise<number> {
  const [{ startOperator }, { operatorConfig }, { createLog }] = await Promise.all([import('./start.ts'), import('./config.ts'), import('./runtime/log.ts')]);
  const config = operatorConfig(process.env);
  const log = createLog(config.logLevel);
  const lost = Promise.withResolvers<'lost'>();
  const operator = await startOperator({ config, log, onLost: () => lost.resolve('lost') });
  const failed = operator.leading.then(() => new Promise<never>(() => undefined));
  // When another one may lead already, what is in flight is fenced, and nothing more may be started.
  if (await Promise.race([lost.promise, failed, told()]) === 'lost') {
    log.error('not leading any more; ending');
    return 1;
  }
  await operator.stop();
  return 0;
}

/** Fulfilled when the process is told to end. */
function told(): Promise<'told'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('told'));
  });
}

async function runRouter(): Promise<number> {
  const [{ startRouter }, { captureThread }, { routerFileVariable, routerPorts }, { createLog }] = await Promise.all([
    import('./router/router.ts'), import('./router/capture/thread.ts'), import('./dataplane/routing.ts'), import('./runtime/log.ts'),
  ]);
  const log = createLog('info');
  const router = await startRouter({
    file: process.env[routerFileVariable] ?? '',
    podUid: process.env['POD_UID'] ?? '',
    host: '0.0.0.0',
    ports: routerPorts,
    log: {
      info: (message, fields) => log.info(message, printable(fields)),
      warn: (message, fields) => log.warn(message, printable(fields)),
      error: (message, fields) => log.error(message, printable(fields)),
    },
    startThread: () => new Worker(new URL(import.meta.url), captureThread),
    now: () => Date.now(),
  });
  await told();
  await router.close();
  return 0;
}

/** Counts what a router captures; ends with the thread. */
async function runCaptureThread(): Promise<number> {
  if (parentPort === null) throw new Error('capture-thread is a thread of a router and no command');
  const { countBatches } = await import('./router/capture/thread.ts');
  countBatches(parentPort);
  return new Promise<never>(() => undefined);
}

async function runAgentTask(): Promise<number> {
  const [{ parseTask, reportFailure, runAgent }, { paths, taskVariable }] = await Promise.all([import('./agent/run.ts'), import('./dataplane/task.ts')]);
  // The first process of a container ignores signals that it does not handle.
  process.once('SIGTERM', () => process.exit(143));
  const io = { terminationLog: paths.terminationLog, log: (line: string) => console.log(line) };
  try {
    return await runAgent(parseTask(process.env[taskVariable]), io);
  } catch (error) {
    return reportFailure(error, io);
  }
}

function printable(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const { describeError } = await import('./runtime/log.ts');
  console.error(describeError(error));
  process.exit(1);
}
