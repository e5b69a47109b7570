import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '#/telemetry/index.ts'

function capture(format: 'json' | 'text', level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const written: string[] = []
  const stream = { write: (line: string) => written.push(line) }
  return { written, logger: createLogger({ level, format, stream }) }
}

const stamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/

test('A JSON line has time, level, fields and message.', () => {
  const { written, logger } = capture('json')
  logger.info({ topic: 'raw', partitions: [0, 1] }, 'partitions assigned')
  assert.equal(written.length, 1)
  assert.equal(
    written[0]?.replace(stamp, 'T'),
    '{"level":"info","time":"T","topic":"raw","partitions":[0,1],"msg":"partitions assigned"}\n',
  )
})

test('A text line is readable and quotes what has blanks.', () => {
  const { written, logger } = capture('text')
  logger.warn({ file: '/etc/owners.yaml', reason: 'it is gone' }, 'owner file kept')
  assert.equal(
    written[0]?.replace(stamp, 'T'),
    'T warn  owner file kept file=/etc/owners.yaml reason="it is gone"\n',
  )
})

test('Lines below the level are not written.', () => {
  const { written, logger } = capture('json', 'error')
  logger.debug({}, 'a')
  logger.info({}, 'b')
  logger.warn({}, 'c')
  logger.error({}, 'd')
  assert.equal(written.length, 1)
})

test('Objects are named, never printed.', () => {
  const { written, logger } = capture('json')
  logger.info({ config: { password: 'hunter2' }, list: [{ a: 'hunter2' }], gone: undefined }, 'x')
  assert.doesNotMatch(written.join(''), /hunter2|gone/)
  assert.match(written.join(''), /"config":"\[object\]","list":\["\[object\]"\]/)
})

test('An error is its message and its causes, without a stack.', () => {
  const { written, logger } = capture('text')
  const error = new Error('cannot connect', { cause: new TypeError('refused') })
  logger.error({ error }, 'broker lost')
  assert.equal(
    written[0]?.replace(stamp, 'T'),
    'T error broker lost error="Error: cannot connect; caused by TypeError: refused"\n',
  )
})

test('A long text is cut.', () => {
  const { written, logger } = capture('json')
  logger.info({ text: 'x'.repeat(10_000) }, 'x')
  assert.ok((written[0]?.length ?? 0) < 1_300)
})

test('A child repeats its fields.', () => {
  const { written, logger } = capture('text')
  logger.child({ component: 'kafka/raw' }).info({ n: 1 }, 'started')
  assert.match(written[0] ?? '', /info {2}started component=kafka\/raw n=1\n$/)
})
