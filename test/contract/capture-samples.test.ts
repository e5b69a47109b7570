/** A capture of every sample is decided as the sample is, and holds nothing of what it must not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCapture, type Made } from '#/cli/capture/make.ts'
import type { Encoding } from '#/core/words.ts'
import { SOURCES } from '#/sources/index.ts'
import { otlpBytes } from '../support/otlp-bytes.ts'
import { quietPorts, sampleConfig, sampleLines, TIMESTAMP_MS } from '../support/sample-pipeline.ts'

async function captureOf(
  source: string,
  values: readonly Buffer[],
  encoding?: Encoding,
): Promise<Made> {
  const { receivers, processors, owners } = sampleConfig(source, encoding)
  const route = { receiver_id: 'kafka', receiver: receivers['kafka']!, processors }
  return makeCapture(
    { route, owners, ports: quietPorts(), version: '0.0.0' },
    values.map((value, offset) => ({
      ...{ topic: 'samples', partition: 0, offset, timestamp: TIMESTAMP_MS },
      ...{ key: false, headers: [], value },
    })),
  )
}

/** As the source writes it, and for OTLP in both encodings. */
function* variants() {
  for (const { name, encoding } of SOURCES) {
    const lines = sampleLines(name)
    if (encoding === 'json') yield { name, encoding, lines, values: lines.map(bytes) }
    else {
      yield { name, encoding: 'otlp_json' as const, lines, values: lines.map(bytes) }
      yield { name, encoding: 'otlp_proto' as const, lines, values: lines.map(otlpBytes) }
    }
  }
}
const bytes = (line: string) => Buffer.from(line)

const MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g
const ADDRESS = /(?<![\d.])(?:203\.0\.113|198\.51\.100)\.\d+/

for (const { name, encoding, lines, values } of variants())
  test(`samples of ${name} in ${encoding} are decided alike when captured, and hold no person and no address`, async () => {
    const made = await captureOf(name, values, encoding)
    assert.equal(made.messages.length, lines.length)
    assert.equal(made.unanswered, 0)
    assert.equal(made.differing, 0)
    for (const [index, { value }] of made.messages.entries()) {
      const mails = (value?.match(MAIL) ?? []).filter((mail) => !/gserviceaccount\.com$/.test(mail))
      assert.deepEqual(
        mails.filter((mail) => !mail.endsWith('@example.invalid')),
        [],
        `line ${index}`,
      )
      assert.doesNotMatch(value ?? '', ADDRESS, `line ${index}`)
    }
  })

const PROMPT = 'tell me the plan of Zoe Quist'
const SECRET = 'sk-ant-api03-Q29uZ3JhdHVsYXRpb25zIQ0123456789abcdefABCDEFxyz-AA'

test('a prompt, a secret and persons stay out, wherever they stand; numbers keep their digits', async () => {
  const record = {
    call_type: 'acompletion',
    startTime: 1795089600.104,
    messages: [{ role: 'user', content: PROMPT }],
    response: { choices: [{ message: { content: PROMPT } }] },
    [PROMPT]: PROMPT,
    metadata: {
      user_api_key_hash: SECRET,
      user_api_key_user_id: 'zoe.quist',
      user_api_key_user_email: 'Zoe.Quist@Example.com',
      requester_ip_address: '203.0.113.77',
      spend_logs_metadata: { owner: 'Zoe Quist', note: PROMPT },
    },
    prompt_tokens: '@',
  }
  const text = JSON.stringify(record).replace('"@"', '12345678901234567890')
  const made = await captureOf('litellm', [Buffer.from(text)])
  const whole = JSON.stringify(made)
  for (const hidden of [
    PROMPT,
    'plan',
    'zoe',
    'Zoe',
    'Quist',
    SECRET,
    SECRET.slice(20),
    '203.0.113',
  ])
    assert.ok(!whole.includes(hidden), hidden)
  assert.match(made.messages[0]?.value ?? '', /"prompt_tokens":12345678901234567890/)
  assert.equal(made.differing, 0)
  const { persons, secrets, addresses } = made.replaced
  assert.ok(persons >= 2)
  assert.deepEqual([secrets, addresses], [1, 1])
})

test('nothing is kept of what cannot be read, and it is not read again', async () => {
  const made = await captureOf('litellm', [
    Buffer.from(`{"call_type":"${PROMPT}`),
    Buffer.from('[]'),
  ])
  assert.ok(!JSON.stringify(made).includes(PROMPT))
  assert.equal(made.messages[0]?.value, '{')
  assert.deepEqual(made.messages[0]?.expected, {
    fate: 'dead_lettered',
    code: 'malformed',
    events: [],
  })
  assert.equal(made.differing, 0)
})

test('another capture has other pseudonyms', async () => {
  const value = Buffer.from(
    JSON.stringify({
      call_type: 'acompletion',
      metadata: { user_api_key_user_id: 'zoe.quist' },
    }),
  )
  const [one, other] = await Promise.all([
    captureOf('litellm', [value]),
    captureOf('litellm', [value]),
  ])
  assert.notEqual(one.messages[0]?.value, other.messages[0]?.value)
})
