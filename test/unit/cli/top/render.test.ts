import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { renderTop, type RenderOptions } from '#/cli/top/render.ts'
import { BUSY_STATUS, IDLE_STATUS } from '../../../support/status-fixture.ts'

const PLAIN: RenderOptions = {
  columns: 120,
  rows: Infinity,
  exact: false,
  has_color: false,
  url: 'http://127.0.0.1:9464',
}

function shown(status: typeof BUSY_STATUS, options: Partial<RenderOptions> = {}): string {
  return renderTop(status, { ...PLAIN, ...options }).join('\n')
}

test('a busy worker is shown with everything that it has', () => {
  assert.equal(
    shown(BUSY_STATUS),
    `whosecall 1.2.3  http://127.0.0.1:9464  up 2 h 3 min  1.24K events/s  12:00:00

COVERAGE     events  tokens  cost USD  calls with an owner
last 5 min   93.0 %  93.0 %    80.0 %          9.3K of 10K
since start  92.9 %  80.0 %    87.1 %         9.1M of 9.8M

HOLDING  kafka dead_letter cannot be written
OUTCOMES lately                events   share  tokens  cost
attributed                       9.3K  92.9 %   4.65M  80.00 USD
unattributed ip_only              600   6.0 %    300K  15.00 USD
unattributed unknown_identity     100   1.0 %     50K  5.00 USD
unresolved lookup_unavailable      12   0.1 %      4K  0.25 USD

UNATTRIBUTED SOURCES  2 largest of 40
fingerprint   source         reason            events  tokens  cost          seen  evidence         example
a1b2c3d4e5f6  litellm        ip_only            45.2K      9M  812.50 USD     3 s  -                llm-raw/2/12345/0
0f0e0d0c0b0a  kong-ai-proxy  unknown_identity     310     70K  2.00 USD    30 min  api_key service  llm-raw/0/9000/3

PARTITIONS  2 ok, 1 stall
receiver  partition  state    lag  behind  in flight  progress
kafka     llm-raw/1  stall  90.5K   5 min          0   1 s ago
kafka     llm-raw/0  ok        12     1 s          0   1 s ago
kafka     llm-raw/2  ok         0     0 s          3   1 s ago

LAST PROBLEMS
11:58:01  error  messages were deleted before they were read: they are lost  topic=llm-raw  partition=1
11:50:00  warn  the Kafka client reports  broker=kafka-1:9092

LOOKUPS  directory closed, Redis ready, 5.12K identities in memory
tier       keys  answers
memory       1K  fresh 97.0 %, stale 2.0 %, negative 1.0 %
directory    30  fresh 100.0 %`,
  )
})

test('a worker that has read nothing has no shares, and says so', () => {
  assert.equal(
    shown(IDLE_STATUS),
    `whosecall 1.2.3  http://127.0.0.1:9464  up 0 s  0 events/s  12:00:00

COVERAGE     events  tokens  calls with an owner
last 5 min        -       -               0 of 0
since start       -       -               0 of 0

no calls yet

PARTITIONS  none assigned

LOOKUPS  directory loaded, 0 identities in memory`,
  )
})

test('a small terminal gets what says that something is wrong', () => {
  assert.equal(
    shown(BUSY_STATUS, { columns: 80, rows: 24 }),
    `whosecall 1.2.3  http://127.0.0.1:9464  up 2 h 3 min  1.24K events/s  12:00:00

COVERAGE     events  tokens  cost USD  calls with an owner
last 5 min   93.0 %  93.0 %    80.0 %          9.3K of 10K
since start  92.9 %  80.0 %    87.1 %         9.1M of 9.8M

HOLDING  kafka dead_letter cannot be written
OUTCOMES lately                events   share  tokens  cost
attributed                       9.3K  92.9 %   4.65M  80.00 USD
unattributed ip_only              600   6.0 %    300K  15.00 USD
unattributed unknown_identity     100   1.0 %     50K  5.00 USD
unresolved lookup_unavailable      12   0.1 %      4K  0.25 USD

UNATTRIBUTED SOURCES  2 largest of 40
fingerprint   source         reason            events  tokens  cost
a1b2c3d4e5f6  litellm        ip_only            45.2K      9M  812.50 USD
0f0e0d0c0b0a  kong-ai-proxy  unknown_identity     310     70K  2.00 USD

PARTITIONS  2 ok, 1 stall
receiver  partition  state    lag  behind  in flight  progress
kafka     llm-raw/1  stall  90.5K   5 min          0   1 s ago
… 2 more

LOOKUPS  directory closed, Redis ready, 5.12K identities in memory`,
  )
})

test('exact numbers have all their digits', () => {
  const text = shown(BUSY_STATUS, { exact: true })
  assert.match(text, /92\.8571 %/)
  assert.match(text, /9,100,000 of 9,800,000/)
  assert.match(text, /45,210/)
  assert.match(text, /1,240\.25 events\/s/)
})

test('no line is wider than the terminal, and there are no more lines than it has', () => {
  for (const status of [BUSY_STATUS, IDLE_STATUS])
    for (const has_color of [false, true])
      for (let columns = 1; columns <= 130; columns += 7)
        for (let rows = 0; rows <= 45; rows += 5) {
          const lines = renderTop(status, { ...PLAIN, columns, rows, has_color, note: 'a note' })
          assert.ok(lines.length <= rows, `${lines.length} lines of ${rows}`)
          for (const line of lines)
            assert.ok(stripVTControlCharacters(line).length <= columns, `${columns}: ${line}`)
        }
})

test('colour changes nothing but the colour', () => {
  const colored = shown(BUSY_STATUS, { has_color: true })
  assert.notEqual(colored, shown(BUSY_STATUS))
  const stripped = stripVTControlCharacters(colored).replaceAll(/ +$/gm, '')
  assert.equal(stripped, shown(BUSY_STATUS))
})

test('what is not live, not ready or not taken over stands under the head', () => {
  const status = {
    ...BUSY_STATUS,
    live: { ok: false, reasons: ['kafka: llm-raw/1: no progress for 340 s'] },
    ready: { ok: false, reasons: ['the owner file is absent'] },
    config: {
      loaded_at: BUSY_STATUS.at,
      is_current: false,
      problem: 'worker.yaml:3:1: unknown key',
    },
  }
  const [, ...lines] = renderTop(status, PLAIN)
  assert.deepEqual(lines.slice(0, 3), [
    'NOT LIVE  kafka: llm-raw/1: no progress for 340 s',
    'NOT READY  the owner file is absent',
    'CONFIG  the last change was not taken over: worker.yaml:3:1: unknown key',
  ])
})

test('what comes over the network moves no cursor', () => {
  const [gap] = BUSY_STATUS.gaps
  const text = shown({ ...BUSY_STATUS, gaps: [{ ...gap!, source: 'a\u001B[2Jb\nc' }] })
  assert.match(text, /a\?\[2Jb\?c/)
})

test('coverage never reads as complete while a call is missing', () => {
  const status = {
    ...BUSY_STATUS,
    recent: [
      { ...BUSY_STATUS.recent[0]!, events: 999_999 },
      { ...BUSY_STATUS.recent[1]!, events: 1 },
    ],
  }
  assert.match(shown(status), /last 5 min {3}99\.9 %/)
})
