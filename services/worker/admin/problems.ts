/**
 * The last warnings and errors of the log, kept for the status page. Lines are the same as in the log: static texts, and
 * fields without data.
 */
import { messageOf } from '#/core/errors.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import { PROBLEMS_SHOWN_MAX, type LoggedProblem } from '#/core/status.ts'

const TEXT_LENGTH_MAX = 300

export interface ProblemLog {
  /** Writes to the log that it was made of. */
  readonly logger: Logger
  /** Latest first. */
  latest(): readonly LoggedProblem[]
}

export function createProblemLog(logger: Logger, clock: Clock): ProblemLog {
  let problems: readonly LoggedProblem[] = []
  const keep = (level: LoggedProblem['level'], fields: object, message: string) => {
    const problem = {
      at: new Date(clock.now()).toISOString(),
      level,
      message,
      fields: flat(fields),
    }
    problems = [problem, ...problems].slice(0, PROBLEMS_SHOWN_MAX)
  }
  const wrap = (inner: Logger, above: object): Logger => ({
    debug: (fields, message) => inner.debug(fields, message),
    info: (fields, message) => inner.info(fields, message),
    warn(fields, message) {
      keep('warn', { ...above, ...fields }, message)
      inner.warn(fields, message)
    },
    error(fields, message) {
      keep('error', { ...above, ...fields }, message)
      inner.error(fields, message)
    },
    child: (fields) => wrap(inner.child(fields), { ...above, ...fields }),
  })
  return { logger: wrap(logger, {}), latest: () => problems }
}

function flat(fields: object): LoggedProblem['fields'] {
  const flattened: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number' || typeof value === 'boolean') flattened[name] = value
    else if (typeof value === 'string') flattened[name] = cut(value)
    else if (value instanceof Error) flattened[name] = cut(messageOf(value))
    else if (Array.isArray(value)) flattened[name] = cut(value.filter(isText).join(', '))
  }
  return flattened
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function cut(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
}
