/**
 * The capture file: one JSON object a line, the first of which says what the others are read with. Nothing in it is a secret
 * or a person of the system that it comes from, so it can go with a support ticket once a human has looked at it.
 */
import { createReadStream } from 'node:fs'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Encoding } from '#/core/words.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { linesOf } from '../lines.ts'

export const CAPTURE_VERSION = 1
/** How the first line of every capture begins. */
const MARK = '{"whosecall_capture":'

export interface CaptureHeader {
  readonly whosecall_capture: typeof CAPTURE_VERSION
  /** Of the program that made it. */
  readonly version: string
  /** ISO 8601. */
  readonly captured_at: string
  /** Options of the receiver that change how messages are read. */
  readonly receiver: Readonly<Record<string, unknown>>
  /** Options of the attribution processor; a key for fingerprints is made for the capture. */
  readonly attribution: Readonly<Record<string, unknown>>
  /** Rows of an owner file: what the directory said about the keys of these messages, as they are called here. */
  readonly bindings: readonly object[]
}

export interface CaptureLine {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  /** Whether the message has a key. */
  readonly key: boolean
  /** Names of its headers. */
  readonly headers: readonly string[]
  readonly encoding: Encoding
  /** `null` for a tombstone. */
  readonly value: string | null
  /** Bytes of the original. */
  readonly value_bytes: number
  /** What the original was decided as. */
  readonly expected: Expected
}

export interface Expected {
  readonly fate: string
  readonly code?: string
  readonly events: readonly ExpectedEvent[]
}

export interface ExpectedEvent {
  readonly class?: string
  readonly outcome?: string
  readonly reason?: string
  readonly owner_id?: string
  readonly method?: string
  readonly level?: string
  readonly confidence?: string
}

export function expectedOf({ fate, code, decisions }: ObservedMessage): Expected {
  return {
    fate,
    ...(code === undefined ? {} : { code }),
    events: decisions.map((decision) => {
      const { class: of, outcome, reason, owner, method, level, confidence } = decision
      const owner_id = outcome === 'attributed' ? owner?.id : undefined
      const members = { class: of, outcome, reason, owner_id, method, level, confidence }
      return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
    }),
  }
}

export function isAsExpected(expected: Expected, message: ObservedMessage): boolean {
  return JSON.stringify(expected) === JSON.stringify(expectedOf(message))
}

/** Whether the file at the path begins like a capture. */
export async function isCapture(path: string): Promise<boolean> {
  const stream = createReadStream(path, { end: MARK.length - 1 })
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString() === MARK
}

export interface Capture {
  readonly header: CaptureHeader
  /** With the number of its line in the file, from 1. */
  readonly messages: readonly (CaptureLine & { readonly line: number })[]
}

export async function readCapture(path: string, file: string): Promise<Capture> {
  const chunks = createReadStream(path)
  let header: CaptureHeader | undefined
  const messages: (CaptureLine & { readonly line: number })[] = []
  for await (const { line, value } of linesOf(chunks, file)) {
    const parsed = parsedLine(value, file, line)
    if (header === undefined) header = headerOf(parsed as CaptureHeader, file)
    else messages.push({ ...(parsed as CaptureLine), line })
  }
  if (header === undefined) throw new WhosecallError('usage', `${file} is no capture`)
  return { header, messages }
}

function parsedLine(value: Buffer, file: string, line: number): object {
  try {
    const parsed: unknown = JSON.parse(value.toString())
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    throw new WhosecallError('usage', `${file}:${line}: ${messageOf(error)}`, { cause: error })
  }
  throw new WhosecallError('usage', `${file}:${line}: expected an object`)
}

function headerOf(header: CaptureHeader, file: string): CaptureHeader {
  const form: number = header.whosecall_capture
  if (form === CAPTURE_VERSION) return header
  throw new WhosecallError(
    'usage',
    `${file} is a capture of form ${String(form)}; this whosecall reads ${CAPTURE_VERSION}`,
  )
}
