/**
 * What a receiver says about our own proxies. A block that is none would pass over nothing, and of two ways to find the
 * client in a forwarded list only one can be taken: in both cases the wrong address would be looked up, and nobody told.
 */
import { pointerOf, type Report } from '#/config/index.ts'
import { canonicalNetwork } from '#/core/address.ts'
import type { WorkerConfig } from './config.ts'

export function proxies(config: WorkerConfig, report: Report): void {
  for (const [id, { trusted_proxies, forwarded_hops }] of Object.entries(config.receivers)) {
    for (const [index, text] of trusted_proxies.entries()) {
      if (isNetwork(text)) continue
      report(pointerOf('receivers', id, 'trusted_proxies', String(index)), {
        code: 'WC-C113',
        message: `${id} names a proxy that is neither an address nor a CIDR block`,
        expected: 'an address or a CIDR block, such as 10.0.0.0/8',
        found: text,
      })
    }
    if (forwarded_hops !== undefined && trusted_proxies.length > 0)
      report(pointerOf('receivers', id, 'forwarded_hops'), {
        code: 'WC-C113',
        at: 'key',
        message: `${id} counts hops and names trusted_proxies: only one of them can find the client`,
        expected: 'forwarded_hops or trusted_proxies',
      })
  }
}

/** An address must stand alone here: with a port it would be taken for one without. */
function isNetwork(text: string): boolean {
  const whole = text.includes(':') ? '/128' : '/32'
  return canonicalNetwork(text.includes('/') ? text : text + whole) !== undefined
}
