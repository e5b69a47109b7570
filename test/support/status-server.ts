/** The status page behind a real server, of a status that a test changes. */
import type { TestContext } from 'node:test'
import type { Status } from '#/core/status.ts'
import { createAdminServer, systemClock } from '#/telemetry/index.ts'
import { statusRoutes } from '#/worker/admin/page/index.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const patient = { at_ms: 0, signal: new AbortController().signal }

export interface StatusServer {
  readonly url: string
  show(status: Status): void
  stop(): Promise<void>
}

export async function startStatusServer(
  t: TestContext,
  first: Status,
  endpoint = '127.0.0.1:0',
): Promise<StatusServer> {
  let status = first
  const started = await createAdminServer({
    endpoint,
    metricsText: () => Promise.resolve(''),
    live: () => status.live,
    ready: () => status.ready,
    logger,
    routes: statusRoutes({ status: () => status, clock: systemClock, logger, explain: true }),
  }).start()
  const stop = () => started.stop(patient)
  t.after(stop)
  return {
    url: started.value.url,
    show: (next) => {
      status = next
    },
    stop,
  }
}
