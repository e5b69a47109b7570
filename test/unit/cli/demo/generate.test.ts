import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DEMO_TOPICS, keyHash } from '#/cli/demo/callers.ts'
import { CALLERS, SHADOW_CALLERS } from '#/cli/demo/cast.ts'
import { generate, shadowShare, type GeneratedEvent } from '#/cli/demo/generate.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const EVENTS = 1500
const events = [...generate({ seed: 7, events: EVENTS })]

const digest = (list: Iterable<GeneratedEvent>): string => {
  const hash = createHash('sha256')
  for (const event of list) {
    hash.update(`${event.topic} ${event.timestamp} ${String(event.key)} `).update(event.value)
  }
  return hash.digest('hex')
}

const shareAttributed = (list: readonly GeneratedEvent[]): number =>
  list.filter((event) => event.caller.expects.startsWith('team:')).length / list.length

test('the same seed gives the same bytes, another seed gives others', () => {
  assert.equal(digest(generate({ seed: 7, events: EVENTS })), digest(events))
  assert.notEqual(digest(generate({ seed: 8, events: EVENTS })), digest(events))
})

test('nothing in the generator asks the clock or the system for randomness', () => {
  const files = globSync('services/cli/demo/{*,records/*}.ts', { cwd: ROOT }).filter((file) =>
    /demo\/(random|vocabulary|prompts|callers|cast|call|generate|records\/.*)\.ts$/.test(file),
  )
  assert.ok(files.length >= 13)
  for (const file of files) {
    const text = readFileSync(`${ROOT}/${file}`, 'utf8')
    assert.doesNotMatch(text, /Math\.random|Date\.now|new Date\(\)|randomUUID|randomBytes/, file)
  }
})

test('coverage starts near 80 % and falls under 70 % once the unregistered service has arrived', () => {
  const first = shareAttributed(events.slice(0, EVENTS * 0.6))
  const last = shareAttributed(events.slice(EVENTS * 0.75))
  assert.ok(first > 0.76 && first < 0.84, `first part: ${first}`)
  assert.ok(last > 0.42 && last < 0.56, `last part: ${last}`)
  assert.deepEqual([shadowShare(0.6), shadowShare(0.75), shadowShare(9)], [0, 0.4, 0.4])
})

test('the unregistered service appears only after three fifths of the story', () => {
  const first = events.findIndex((event) => event.caller.name === 'shadow service')
  assert.ok(first >= EVENTS * 0.6, `first at ${first}`)
})

test('the weights of the cast add up to 100, of which 80 can be attributed', () => {
  const sum = (list: typeof CALLERS): number => list.reduce((total, one) => total + one.weight, 0)
  assert.equal(sum(CALLERS), 100)
  assert.equal(sum(CALLERS.filter((caller) => caller.expects.startsWith('team:'))), 80)
})

test('every source writes to its own topic and every source appears', () => {
  const seen = new Set(events.map((event) => `${event.source} ${event.topic}`))
  assert.deepEqual(
    [...seen].toSorted(),
    Object.entries(DEMO_TOPICS)
      .map(([source, topic]) => `${source} ${topic}`)
      .toSorted(),
  )
})

test('timestamps grow strictly, so they number the events', () => {
  for (const [index, event] of events.entries()) {
    assert.ok(index === 0 || event.timestamp > (events[index - 1]?.timestamp ?? 0))
  }
})

test('prompts are of real size: most under 10 kB, some in the tens of kB', () => {
  const sizes = events.map((event) => event.value.length).toSorted((a, b) => a - b)
  const median = sizes[EVENTS / 2] ?? 0
  assert.ok(median > 2000 && median < 8000, `median ${median}`)
  assert.ok((sizes.at(-1) ?? 0) > 20_000)
  assert.ok((sizes.at(-1) ?? 0) < 120_000)
})

test('a record has no member that the samples of its source do not have', () => {
  for (const source of Object.keys(DEMO_TOPICS)) {
    const sample = readFileSync(`${ROOT}/test/data/samples/${source}.ndjson`, 'utf8')
    const known = new Set(
      sample
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .flatMap(membersOf),
    )
    const made = new Set(
      events
        .filter((event) => event.source === source)
        .flatMap((event) => membersOf(String(event.value))),
    )
    for (const content of CONTENT) known.add(content)
    assert.deepEqual(
      [...made].filter((member) => !known.has(member)),
      [],
      source,
    )
  }
})

/** The semantic conventions have them, the samples were taken with content capture off. */
const CONTENT = ['@gen_ai.input.messages', '@gen_ai.output.messages']

/** Top-level members; for OTLP the attribute keys as well. Lines that are broken on purpose have none. */
function membersOf(line: string): string[] {
  try {
    const record: unknown = JSON.parse(line)
    if (typeof record !== 'object' || record === null) return []
    const keys = [...line.matchAll(/\{"key":"([a-z_.0-9]+)"/g)].map((match) => `@${match[1]}`)
    return [...Object.keys(record), ...('resourceLogs' in record ? keys : [])]
  } catch {
    return []
  }
}

test('every address is one of those set aside for documentation', () => {
  const documentation = new BlockList()
  documentation.addSubnet('192.0.2.0', 24)
  documentation.addSubnet('198.51.100.0', 24)
  documentation.addSubnet('203.0.113.0', 24)
  for (const event of events) {
    for (const [address] of String(event.value).matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g)) {
      if (isIP(address) === 4)
        assert.ok(documentation.check(address), `${event.source}: ${address}`)
    }
  }
  for (const { address } of SHADOW_CALLERS) assert.match(address, /^203\.0\.113\./)
})

test('the owner file binds the keys that the named LiteLLM callers use', () => {
  const owners = readFileSync(`${ROOT}/services/cli/demo/owners.yaml`, 'utf8')
  for (const alias of [
    'checkout-assistant-prod',
    'claims-summarizer-prod',
    'support-replies-prod',
  ]) {
    assert.ok(owners.includes(`litellm/${keyHash(alias)}`), alias)
  }
  for (const { expects } of CALLERS) {
    if (expects.startsWith('team:')) assert.ok(owners.includes(`id: ${expects},`), expects)
  }
})
