import type { OwnersConfig, RedisConfig } from './config.ts'

/**
 * What is wrong with a config although each option is legal by itself: options that contradict each other. Both the check
 * of a config and the start use it.
 */

export interface OwnersProblem {
  /** JSON Pointer from the `owners` section. */
  readonly pointer: string
  readonly message: string
}

export function ownersProblems(config: OwnersConfig): readonly OwnersProblem[] {
  const { soft_ttl_ms, hard_ttl_ms, stale_max_ms } = config.cache
  const problems: OwnersProblem[] = []
  if (soft_ttl_ms > hard_ttl_ms) {
    const message = `expected soft_ttl_ms (${soft_ttl_ms}) <= hard_ttl_ms (${hard_ttl_ms})`
    problems.push({ pointer: '/cache/hard_ttl_ms', message })
  }
  if (hard_ttl_ms > stale_max_ms) {
    const message = `expected hard_ttl_ms (${hard_ttl_ms}) <= stale_max_ms (${stale_max_ms})`
    problems.push({ pointer: '/cache/stale_max_ms', message })
  }
  const { directory } = config
  if (directory.type === 'http' && !isBaseUrl(directory.endpoint)) {
    const message =
      'expected a URL without user, query and fragment; credentials belong in auth.bearer_token or headers'
    problems.push({ pointer: '/directory/endpoint', message })
  }
  return config.redis === undefined ? problems : [...problems, ...redisProblems(config.redis)]
}

/** The path of the lookup is appended, and requests are made only to URLs without credentials. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null && !text.includes('?') && !text.includes('#') && !url.username && !url.password
  )
}

function redisProblems({ endpoint, sentinels, name, tls }: RedisConfig): readonly OwnersProblem[] {
  const problems: OwnersProblem[] = []
  const is_one = endpoint !== undefined && sentinels === undefined && name === undefined
  const is_group = endpoint === undefined && sentinels !== undefined && name !== undefined
  if (!is_one && !is_group) {
    const message = 'expected either endpoint, or sentinels together with name'
    problems.push({ pointer: '/redis', message })
  }
  if (endpoint !== undefined && !URL.canParse(endpoint)) {
    problems.push({ pointer: '/redis/endpoint', message: 'expected redis://host:port/db' })
  } else if (endpoint !== undefined && !/^\/?\d*$/.test(new URL(endpoint).pathname)) {
    const message = 'expected the number of the database as path'
    problems.push({ pointer: '/redis/endpoint', message })
  }
  if ((tls?.cert_file === undefined) !== (tls?.key_file === undefined)) {
    problems.push({ pointer: '/redis/tls', message: 'expected cert_file and key_file together' })
  }
  return problems
}
