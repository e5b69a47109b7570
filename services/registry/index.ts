import type { Startable } from '#/core/component.ts'
import type { Ports } from '#/core/ports.ts'
import { createFileOwners } from '#/owners/index.ts'

import type { RegistryConfig } from './config.ts'
import { createServer, listen } from './server.ts'

/**
 * The registry: an owner file behind the batch lookup API, for many workers. It is ready when there are bindings and
 * alive as long as it answers.
 */

export { RegistryConfig } from './config.ts'
export { REGISTRY_CATALOGUE, REGISTRY_METRICS } from './metrics.ts'

export interface RegistryPorts extends Ports {
  /** The text of `/metrics`. */
  readonly metricsText: () => Promise<string>
}

export function createRegistry(
  config: RegistryConfig,
  ports: RegistryPorts,
): Startable<{ readonly url: string }> {
  return {
    async start() {
      const owners = await createFileOwners(config.owners.directory, ports).start()
      const server = createServer(config.registry, owners.value, ports)
      let url: string
      try {
        url = await listen(server, config.registry.endpoint)
      } catch (error) {
        await owners.stop({ at_ms: ports.clock.now(), signal: AbortSignal.abort() })
        throw error
      }
      ports.logger.info({ url, revision: owners.value.revision }, 'registry is listening')
      return {
        value: { url },
        async stop(deadline) {
          const late = new Promise((resolve) => {
            if (deadline.signal.aborted) resolve(undefined)
            deadline.signal.addEventListener('abort', resolve, { once: true })
          })
          await Promise.race([server.close(), late])
          await owners.stop(deadline)
        },
      }
    },
  }
}
