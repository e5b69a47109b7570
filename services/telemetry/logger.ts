import { pino, type Logger as PinoLogger } from 'pino'
import type { Logger } from '#/core/ports.ts'

/**
 * Log lines through pino, on stderr, so that stdout stays free for data. Fields are flat on purpose: an object handed in
 * by mistake (a config, a message) is named but never printed.
 */

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'json' | 'text'
  /** Default: stderr. */
  readonly stream?: { write(line: string): unknown }
}

export function createLogger(options: LoggerOptions): Logger {
  const { stream = process.stderr, level, format } = options
  const write = (line: string) => void stream.write(format === 'text' ? textLine(line) : line)
  const base = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return wrap(base)
}

function wrap(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(flatFields(fields), message),
    info: (fields, message) => logger.info(flatFields(fields), message),
    warn: (fields, message) => logger.warn(flatFields(fields), message),
    error: (fields, message) => logger.error(flatFields(fields), message),
    child: (fields) => wrap(logger.child(flatFields(fields))),
  }
}

const TEXT_LENGTH_MAX = 1024
const LIST_ITEMS_MAX = 16
const CAUSES_MAX = 3

type Flat = string | number | boolean | null

function flatFields(fields: object): Record<string, Flat | readonly Flat[]> {
  const flat: Record<string, Flat | readonly Flat[]> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    flat[name] = Array.isArray(value)
      ? value.slice(0, LIST_ITEMS_MAX).map(flatValue)
      : flatValue(value)
  }
  return flat
}

function flatValue(value: unknown): Flat {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Error) return cut(errorText(value))
  return Array.isArray(value) ? '[list]' : `[${typeof value}]`
}

/** The message of an error and of what caused it. */
function errorText(error: Error): string {
  const texts = []
  let current: unknown = error
  for (let depth = 0; depth < CAUSES_MAX && current instanceof Error; depth++) {
    texts.push(`${current.name}: ${current.message}`)
    current = current.cause
  }
  return texts.join('; caused by ')
}

function cut(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
}

/** `2026-01-01T00:00:00.000Z warn message key=value` */
function textLine(line: string): string {
  const record: Record<string, unknown> = JSON.parse(line)
  const { time, level, msg, ...fields } = record
  const words = Object.entries(fields).map(([name, value]) => `${name}=${wordOf(value)}`)
  return `${[String(time), String(level).padEnd(5), String(msg), ...words].join(' ')}\n`
}

function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
}
