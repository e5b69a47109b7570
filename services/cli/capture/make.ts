/**
 * Makes a capture of messages: what the rules read of them, with pseudonyms for persons and secrets, and what the directory
 * says about the keys that then stand there. Whether the capture is decided as the originals were is tried at once.
 */
import { randomBytes } from 'node:crypto'
import type { Key } from '#/core/owners.ts'
import { keyText } from '#/core/keys.ts'
import type { Ports } from '#/core/ports.ts'
import type { Encoding } from '#/core/words.ts'
import { createOwners, writeRow, type OwnersConfig } from '#/owners/index.ts'
import { createDeadline } from '#/telemetry/index.ts'
import { startOffline } from '#/worker/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { encodingsOf } from '#/worker/receivers/kafka/receiver.ts'
import { createSniffer } from '#/worker/receivers/kafka/sniff.ts'
import type { Route } from '../attribute/plan.ts'
import { createConcealer, type Concealer } from './conceal.ts'
import {
  CAPTURE_VERSION,
  expectedOf,
  isAsExpected,
  type Capture,
  type CaptureHeader,
  type CaptureLine,
} from './file.ts'
import { attributionOf, createLane, type Lane } from './lane.ts'
import { createReplay } from './replay.ts'

export interface Taken extends Pick<
  CaptureLine,
  'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'headers'
> {
  readonly value: Buffer | null
}

export interface MakeOptions {
  readonly route: Route
  readonly owners: OwnersConfig
  readonly ports: Ports
  readonly version: string
}

export interface Made extends Capture {
  readonly replaced: Concealer['replaced']
  /** Messages that are decided differently without what was left out. */
  readonly differing: number
  /** Keys about which the directory could not be asked. */
  readonly unanswered: number
}

/** Stands for a message that cannot be read, none of which is kept. */
const UNREADABLE = '{'

export async function makeCapture(options: MakeOptions, taken: readonly Taken[]): Promise<Made> {
  const { route, owners, ports } = options
  const originals = await decide(route, owners, taken, ports)
  const concealer = createConcealer()
  const own = ownRoute(route)
  const encodings = encodingsOf(route.receiver)
  const sniff = createSniffer(encodings)
  const lanes = new Map<Encoding, readonly [Lane, Lane]>()
  const renamed = new Map<string, { readonly from: Key; readonly to: Key }>()
  const messages = taken.map((message, index): Made['messages'][number] => {
    const { value, ...place } = message
    const encoding = encodings[value === null ? 0 : sniff(value, 0, value.length)] ?? 'json'
    const found = lanes.get(encoding) ?? lanesOf(encoding, route, own)
    lanes.set(encoding, found)
    const [lane, captured_lane] = found
    const text = value === null ? null : redacted(value, lane, captured_lane, concealer, renamed)
    return {
      ...place,
      encoding: lane.captured,
      value: text,
      value_bytes: value?.length ?? 0,
      expected: expectedOf(originals[index]!),
      line: index + 2,
    }
  })
  const { bindings, unanswered } = await bindingsOf([...renamed.values()], owners, ports)
  const header: CaptureHeader = {
    whosecall_capture: CAPTURE_VERSION,
    version: options.version,
    captured_at: new Date(ports.clock.now()).toISOString(),
    ...optionsIn(own),
    bindings,
  }
  const differing = await differingIn({ header, messages }, ports)
  return { header, messages, replaced: concealer.replaced, differing, unanswered }
}

/** Reads the message, and what is kept of it, and notes which key of it is called what now. */
function redacted(
  value: Buffer,
  lane: Lane,
  captured_lane: Lane,
  concealer: Concealer,
  renamed: Map<string, { readonly from: Key; readonly to: Key }>,
): string {
  const events = lane.read(value)
  if (events === undefined) return UNREADABLE
  const persons = new Set(events.flatMap((event) => event.persons))
  const text = lane.redact(value, concealer.of(persons))
  const now = captured_lane.read(Buffer.from(text)) ?? []
  for (const [index, { keys }] of events.entries())
    for (const [at, from] of keys.entries()) {
      const to = now[index]?.keys[at]
      if (to?.kind === from.kind) renamed.set(`${keyText(from)}\n${keyText(to)}`, { from, to })
    }
  return text
}

function lanesOf(encoding: Encoding, route: Route, own: Route): readonly [Lane, Lane] {
  const lane = createLane(encoding, route)
  return [lane, createLane(lane.captured, own)]
}

/** With the key for fingerprints that the capture takes along: secrets in it are pseudonyms. */
function ownRoute(route: Route): Route {
  const attribution = attributionOf(route.processors)
  const { fingerprint_key } = attribution
  const own_key =
    fingerprint_key === undefined ? {} : { fingerprint_key: randomBytes(24).toString('hex') }
  const { encoding } = route.receiver.logs
  const encodings = encodingsOf(route.receiver)
  const as_text = !encodings.includes('otlp_proto')
    ? encoding
    : encodings.length === 1
      ? ('otlp_json' as const)
      : ('auto' as const)
  const { encoding: _, ...logs } = route.receiver.logs
  return {
    ...route,
    receiver: {
      ...route.receiver,
      logs: { ...logs, ...(as_text === undefined ? {} : { encoding: as_text }) },
    },
    processors: { attribution: { ...attribution, ...own_key } },
  }
}

const RECEIVER_OPTIONS = [
  'source',
  'custom',
  'issuer',
  'cluster',
  'tenant',
  'trusted_resource_attributes',
  'trusted_brokers',
  'forwarded_hops',
  'nobody_words',
  'shared_words',
  'wrappers',
  'limits',
] as const
const ATTRIBUTION_OPTIONS = ['minimum_confidence', 'non_calls', 'fingerprint_key'] as const

/** Connections, groups and topics stay out, and addresses of proxies do. */
function optionsIn({
  receiver,
  processors,
}: Route): Pick<CaptureHeader, 'receiver' | 'attribution'> {
  const { encoding } = receiver.logs
  return {
    receiver: {
      trust: receiver.trust ?? 'trusted',
      ...picked(receiver, RECEIVER_OPTIONS),
      ...(encoding === undefined ? {} : { logs: { encoding } }),
    },
    attribution: picked(attributionOf(processors), ATTRIBUTION_OPTIONS),
  }
}

function picked<T extends object>(from: T, names: readonly (keyof T & string)[]) {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]] as const])),
  )
}

async function bindingsOf(
  renamed: readonly { readonly from: Key; readonly to: Key }[],
  config: OwnersConfig,
  ports: Ports,
): Promise<{ readonly bindings: readonly object[]; readonly unanswered: number }> {
  const owners = await createOwners(config, ports).start()
  try {
    const answers = await owners.value.lookup(renamed.map(({ from }) => from))
    const rows = new Map<string, object>()
    for (const [index, { bindings }] of answers.entries())
      for (const binding of bindings) {
        const { id: _, owner, ...row } = writeRow({ ...binding, key: renamed[index]!.to })
        const own = owner === undefined ? row : { ...row, owner: { id: owner.id } }
        rows.set(JSON.stringify(own), own)
      }
    const unanswered = answers.filter(({ state }) => state === 'unavailable').length
    return { bindings: [...rows.values()], unanswered }
  } finally {
    await owners.stop(createDeadline(ports.clock, 1000))
  }
}

async function differingIn({ header, messages }: Capture, ports: Ports): Promise<number> {
  const { plan, end } = createReplay(header)
  try {
    const [route] = plan.routes
    const values = messages.map((message) => ({
      ...message,
      value: message.value === null ? null : Buffer.from(message.value),
    }))
    const decided = await decide(route!, plan.owners, values, ports)
    return messages.filter(({ expected }, index) => !isAsExpected(expected, decided[index]!)).length
  } finally {
    end()
  }
}

/** One answer for each message, in order. */
export async function decide(
  route: Route,
  owners: OwnersConfig,
  messages: readonly Pick<Taken, 'value' | 'timestamp' | 'topic'>[],
  ports: Ports,
): Promise<readonly ObservedMessage[]> {
  if (messages.length === 0) return []
  const offline = await startOffline({ ...route, owners, ports })
  try {
    return await offline.attribute(
      messages[0]!.topic,
      messages.map(({ value, timestamp }, offset) => ({ value, timestamp, offset })),
    )
  } finally {
    await offline.stop(createDeadline(ports.clock, 1000))
  }
}
