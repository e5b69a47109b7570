import { OUTCOMES, REASONS, type Outcome, type Reason } from '#/core/words.ts'

/**
 * Reads what whosecall wrote into an output message: the `attribution` member of a JSON event, or the `attribution.*`
 * attributes of the one log record in an OTLP/JSON message. The demo reads the real output, not the worker's memory.
 */
export interface Attribution {
  readonly outcome: Outcome
  readonly reason?: Reason
  readonly owner_id?: string
  readonly method?: string
  readonly confidence?: string
  readonly evidence?: string
  readonly suggested_owner?: string
}

interface Members {
  readonly [name: string]: unknown
}

export function readAttribution(value: Buffer): Attribution | undefined {
  const event: unknown = JSON.parse(value.toString())
  if (!isObject(event)) return undefined
  const words = isObject(event['attribution']) ? event['attribution'] : otlpWords(event)
  const owner = isObject(words['owner']) ? words['owner']['id'] : words['owner.id']
  const outcome = OUTCOMES.find((one) => one === words['outcome'])
  if (outcome === undefined) return undefined
  const reason = REASONS.find((one) => one === words['reason'])
  const found: Record<string, string> = {}
  for (const name of ['method', 'confidence', 'evidence', 'suggested_owner']) {
    const word = words[name]
    if (typeof word === 'string') found[name] = word
  }
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(typeof owner === 'string' ? { owner_id: owner } : {}),
    ...found,
  }
}

function otlpWords(event: Members): Members {
  const record = first(first(first(event, 'resourceLogs'), 'scopeLogs'), 'logRecords')
  const words: Record<string, unknown> = {}
  for (const attribute of list(record, 'attributes')) {
    const { key, value } = attribute
    if (typeof key !== 'string' || !key.startsWith('attribution.') || !isObject(value)) continue
    words[key.slice('attribution.'.length)] = value['stringValue'] ?? value['boolValue']
  }
  return words
}

function list(parent: Members, name: string): Members[] {
  const items = parent[name]
  return Array.isArray(items) ? items.filter(isObject) : []
}

function first(parent: Members, name: string): Members {
  return list(parent, name)[0] ?? {}
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
