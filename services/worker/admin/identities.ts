/**
 * Who is shown identities by the admin endpoint: `/explain` and the evidence of `/tap` show keys, as attributed events do.
 * By default only whoever sits at this machine; and there not a page of somebody else that the browser was led to by a
 * name which points to this machine, so the name that was asked for has to be one of ours, too.
 */
import { isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { parseEndpoint } from '#/telemetry/index.ts'
import type { WorkerConfig } from '../config.ts'

/** `local`: only to requests for a name or an address of this machine. */
export type Identities = 'all' | 'local' | 'none'

export function identitiesOf({ service }: WorkerConfig): Identities {
  const { explain, endpoint } = service.telemetry.metrics
  if (explain !== 'loopback') return explain === 'always' ? 'all' : 'none'
  return isLoopback(parseEndpoint(endpoint, 'service.telemetry.metrics.endpoint').host)
    ? 'local'
    : 'none'
}

export function mayShow(identities: Identities, { headers }: FastifyRequest): boolean {
  if (identities !== 'local') return identities === 'all'
  const host = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+))(?::\d+)?$/.exec(headers.host ?? '')?.groups
  return isLoopback(host?.['v6'] ?? host?.['name'] ?? '')
}

/** A name that only begins with 127. is none of our addresses. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
