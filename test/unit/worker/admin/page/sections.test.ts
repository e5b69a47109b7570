import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REASONS } from '#/core/words.ts'
import { documentOf, pictureOf } from '#/worker/admin/page/document.ts'
import { html } from '#/worker/admin/page/html.ts'
import { REASON_MEANINGS } from '#/worker/admin/page/meanings.ts'
import type { PageOptions } from '#/worker/admin/page/options.ts'
import { explainCommand } from '#/worker/admin/page/sections/gaps.ts'
import {
  busyStatus,
  emptyStatus,
  HOSTILE,
  hostileStatus,
  troubledStatus,
} from '../../../../support/status.ts'
import type { Status } from '#/core/status.ts'

/** What one reads: markup without its tags. */
function textOf(status: Status, section?: string, options: PageOptions = {}): string {
  const { sections } = pictureOf(status, options)
  const markup = section === undefined ? Object.values(sections).join(' ') : sections[section]!
  return markup
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
    .trim()
}

function has(text: string, ...parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `"${part}" in: ${text}`)
}

test('Coverage shows both numbers of the fraction, for calls, tokens and each currency.', () => {
  has(
    textOf(busyStatus(), 'coverage'),
    'Calls 93.3 % Last 5 min 704,926 of 755,191',
    'Since start 93.3 % : 504.6M of 540.6M',
    'Tokens 89.8 % Last 5 min 1.334B of 1.485B',
    'Cost in EUR 97.4 % Last 5 min 218.53 of 224.18',
    'Cost in USD 88.0 % Last 5 min 2,953.64 of 3,354.27',
  )
})

test('What is unresolved stands beside the rate, not in it.', () => {
  has(textOf(troubledStatus(), 'coverage'), '537,476 of 590,466 and 166,542 unresolved')
})

test('Without calls in the recent window the numbers since the start remain.', () => {
  const idle = busyStatus({ recent: [] })
  has(textOf(idle, 'coverage'), 'Calls – Last 5 min nothing Since start 93.3 % : 504.6M of 540.6M')
  has(textOf(idle, 'reasons'), 'Calls by reason, since the start')
})

test('Events without a cost say so.', () => {
  const rows = [{ outcome: 'attributed', reason: 'none', events: 3, tokens: 0, cost: {} }] as const
  has(
    textOf(busyStatus({ recent: rows, since_start: rows }), 'coverage'),
    'Calls 100 %',
    'Tokens – Last 5 min nothing',
    'The events state no cost',
  )
})

test('Every reason has a row, a meaning and its place in the waterfall.', () => {
  const text = textOf(busyStatus(), 'reasons')
  has(text, ...REASONS.map((reason) => REASON_MEANINGS[reason]), 'All calls')
  has(text, '2.4 % 36.2 % 18,244')
  const bars = [
    ...pictureOf(busyStatus(), {}).sections['reasons']!.matchAll(
      /<rect\s+class="(?!track)([^"]+)"\s+x="([^"]+)"\s+width="([^"]+)"/g,
    ),
  ].map(([, kind, x, width]) => [kind, Number(x), Number(width)] as const)
  assert.equal(bars.length, REASONS.length + 2)
  assert.deepEqual(bars[0], ['attributed', 0, 93.34])
  assert.deepEqual(bars[1], ['unattributed', 93.34, 2.42], 'each begins where the last one ends')
  assert.deepEqual(bars.at(-1), ['all', 0, 100])
})

test('A gap says what it is, when it was seen and how to ask why.', () => {
  const text = textOf(busyStatus(), 'gaps', { config_file: '/etc/whosecall/my worker.yaml' })
  has(
    text,
    'the largest 8 of 214 groups',
    'otel-genai-spans 03dd5517f2ab Unknown identity k8s_workload service team 9,102',
    'USD 55.52 01:08:55 to 03:12:02 ai.gateway.raw/2 at 8814234',
    "whosecall explain -c '/etc/whosecall/my worker.yaml' --topic ai.gateway.raw --partition 2 --offset 8814234",
    'vllm d04f8a2b7c61 No identity none 97',
  )
})

test('Examples link to an explanation only where the server gives one.', () => {
  const markup = (options: PageOptions) => pictureOf(busyStatus(), options).sections['gaps']!
  assert.ok(markup({ explain: true }).includes('"explain/ai.gateway.raw/1/8813317?event=3"'))
  assert.ok(!markup({}).includes('"explain/'))
})

test('The command is safe in a shell, whatever the topic is called.', () => {
  const place = { topic: "a'; reboot #", partition: 1, offset: 2, event: 3 }
  assert.equal(
    explainCommand(place, {}),
    `whosecall explain -c worker.yaml --topic 'a'\\''; reboot #' --partition 1 --offset 2 --event 3`,
  )
})

test('Partitions stand worst first, with state, lag and what the state means.', () => {
  const text = textOf(troubledStatus(), 'partitions')
  has(
    text,
    '1 stall has lag and does not move',
    'ai.otel.raw/1 stop not known yet –',
    'ai.otel.raw/0 stall 48,206 23 min 10 s 0 02:49:30',
    'holding kafka/attributed events',
  )
  assert.ok(text.indexOf('/1 stop') < text.indexOf('/0 stall'))
  assert.ok(text.indexOf('/0 stall') < text.indexOf('/3 warn'))
})

test('No more partitions are drawn than one can read, and the page says how many are left off.', () => {
  const [one] = busyStatus().partitions
  const many = Array.from({ length: 250 }, (_, partition) => ({ ...one!, partition }))
  has(textOf(busyStatus({ partitions: many }), 'partitions'), '250 partitions', '150 more are not')
})

test('Lookups, log and process tell what they know.', () => {
  const text = textOf(troubledStatus())
  has(
    text,
    'is left alone (breaker open) Directory',
    'Tier fresh stale negative miss unavailable error',
    'redis 701,440 – 100,201 58,914 – 12',
    'the broker is away; the lane tries again exporter kafka/siem attempt 3',
    '2 worker processes',
    'pid 4790 starting 6',
    'the last change was refused loaded 2026-03-16 16:20 UTC worker.yaml:14:9: unknown key',
    'Running for 2 d 17 h, since 2026-03-14 09:40 UTC',
  )
})

test('The pipeline is drawn, and told in a list.', () => {
  const markup = pictureOf(busyStatus(), {}).sections['pipeline']!
  assert.equal(markup.match(/<g class="node/g)?.length, 14)
  assert.equal(markup.match(/class="edge"/g)?.length, 13)
  has(
    textOf(busyStatus(), 'pipeline'),
    'exporter kafka/attributed → ai.attributed (events), ai.dead-letters (dead letter)',
    'reads 4 fields',
  )
})

test('Where there is nothing the page says what to do next.', () => {
  has(
    textOf(emptyStatus()),
    'Ready, and waiting for the first call',
    'Send a record to a topic that a receiver reads',
    'grouped here by their evidence',
    'No partition is assigned',
    'Nothing was looked up yet',
    'None since the start',
    'less than a minute',
  )
  has(textOf(busyStatus({ gaps: [], gap_count: 0 }), 'gaps'), 'None: every call')
})

test('Nothing that comes from outside is markup, an attribute or a link.', () => {
  const page = documentOf(pictureOf(hostileStatus(), { explain: true, config_file: HOSTILE }), 'a')
  assert.equal(page.match(/<script/g)?.length, 1, 'our own')
  assert.ok(!/<img/.test(page))
  assert.ok(!/\son\w+=/.test(page.replace(/"[^"]*"/g, '').replace(/>[^<]*</g, '><')))
  assert.ok(!page.includes('\u0000') && !page.includes('\u202e'))
  assert.ok(page.includes('href="explain/%22%3E%3Cscript%3E'))
})

test('A template escapes text, keeps markup and leaves out what is absent.', () => {
  const inner = html`<i>${"a<b>&'"}</i>`
  assert.equal(inner.markup, '<i>a&lt;b&gt;&amp;&#39;</i>')
  assert.equal(html`<b title="${'"'}">${inner}</b>`.markup.startsWith('<b title="&quot;">'), true)
  assert.equal(html`${[1, inner, 'd']}${undefined}${false}`.markup, `1${inner.markup}d`)
})

test('The document has no inline script and no inline style.', () => {
  const page = documentOf(pictureOf(troubledStatus(), {}), 'abcdef01-1')
  assert.ok(!/<style|style="|javascript:/.test(page))
  assert.deepEqual(page.match(/<script[^>]*>[^<]*<\/script>/g), [
    '<script src="page.js" defer></script>',
  ])
  const refresh = '<noscript><meta http-equiv="refresh" content="10"'
  assert.ok(page.includes(refresh) && page.split('http-equiv').length === 2)
})
