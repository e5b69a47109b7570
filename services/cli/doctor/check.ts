import type { Output } from '../command.ts'
import { paint } from '../style.ts'

/** One line of the doctor: what was looked at, how it is, and what to do about it. */
export interface Check {
  readonly area:
    'kafka' | 'topic' | 'group' | 'redis' | 'directory' | 'clock' | 'process' | 'secrets'
  /** What was looked at: brokers, a topic, a file. */
  readonly subject: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly message: string
  /** Present unless it passed. */
  readonly fix?: string
}

const COLORS = { pass: 'green', warn: 'yellow', fail: 'red' } as const

export function checkText({ area, subject, status, message, fix }: Check, output: Output): string {
  const head = `${paint(COLORS[status], status, output)}  ${area} ${subject}: ${message}`
  return fix === undefined ? head : `${head}\n      ${paint('cyan', 'fix', output)}: ${fix}`
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length)
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power - 1]}`
}

export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, size] = units.find(([, one]) => ms >= one) ?? ['ms', 1]
  return `${Number((ms / size).toFixed(1))} ${unit}`
}
