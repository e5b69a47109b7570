import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  findSecrets,
  isLasting,
  meaningOfName,
  secretNamed,
  type Text,
} from '#/core/secrets/index.ts'
import { KEYWORD_RULES, PREFIX_RULES } from '#/core/secrets/rules.ts'
import { SECRET_KINDS } from '#/core/words.ts'

const RANDOM = 'Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z'
const HEX = '0123456789abcdef0123456789abcdef'

function found(text: string): string[] {
  return findSecrets(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)
}

function named(name: string, value: string): string | undefined {
  const secret = secretNamed(name, value)
  return secret && `${secret.kind} ${value.slice(secret.start, secret.end)}`
}

/** What a vendor with this prefix could have made. */
function exampleOf(prefix: string): string {
  if (prefix === 'dapi') return `dapi${HEX}`
  if (prefix === 'AKIA' || prefix === 'ASIA') return `${prefix}IOSFODNN7EXAMPLE`
  return `${prefix}${RANDOM}${RANDOM}`
}

for (const { kind, prefix, says } of PREFIX_RULES)
  test(`a key that begins with ${prefix} is found as ${kind}, wherever it stands`, () => {
    const key = exampleOf(prefix)
    assert.ok(URL.canParse(says))
    const texts = [
      key,
      `Bearer ${key}`,
      `{"x":"${key}"}`,
      `?key=${key}&b=1`,
      `a%20${key}`,
      `\\n${key}`,
    ]
    for (const text of texts) assert.deepEqual(found(text), [`${kind} ${key}`], text)
  })

test('keys without a prefix are found behind the name of their vendor, and nowhere else', () => {
  assert.deepEqual(found(`AZURE_OPENAI_API_KEY=${HEX}`), [`azure ${HEX}`])
  assert.deepEqual(found(`https://api.mistral.ai ${RANDOM}`), [`mistral ${RANDOM}`])
  const long = `${RANDOM}${RANDOM}${'q'.repeat(20)}`
  assert.deepEqual(found(`my-gpt.openai.azure.com, ${long}`), [`azure ${long}`])
  assert.deepEqual(found(`trace ${HEX}`), [])
  assert.deepEqual(found(`azure ${'-'.repeat(100)} ${HEX}`), [], 'out of reach')
})

test('tokens are found by their form and by the scheme before them', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln_bmF0-dXJl'
  assert.deepEqual(found(`token ${jwt}.`), [`jwt ${jwt}.`])
  assert.deepEqual(found('Basic dXNlcjpwYXNz'), ['basic dXNlcjpwYXNz'])
  assert.deepEqual(found('bearer 0123456789abcdef'), ['bearer 0123456789abcdef'])
})

test('what stands behind the name of a credential is found, however the pair is written', () => {
  for (const text of [
    '{"X-Api-Key": "opaque-value"}',
    "{'x-api-key': 'opaque-value'}",
    "[(b'x-api-key', b'opaque-value')]",
    'X_API_KEY=opaque-value',
    'x-api-key: opaque-value\r\naccept: */*',
    '{\\"x-api-key\\": \\"opaque-value\\"}',
    'a?api_key=opaque-value#top'.replace('#top', '&b'),
    'x-api-key%3Dopaque-value',
  ])
    assert.deepEqual(found(text), ['other opaque-value'], text)
})

test('cookies go to the end of the line or of the quotes', () => {
  assert.deepEqual(found('{"cookie":"a=b; c=d","x":1}'), ['cookie a=b; c=d'])
  assert.deepEqual(found('Set-Cookie: id=1; Path=/\r\nvia: x'), ['cookie id=1; Path=/'])
  assert.deepEqual(found('cookie: [REDACTED]'), [])
})

test('words, ids and placeholders are no secrets', () => {
  for (const text of [
    '',
    'basic functionality of things',
    'the bearer authentication scheme, tokens: 1024',
    'risk-assessment-with-a-long-name and disk-',
    'max_tokens: 1000000000, next_token: abc',
    'c5ccedaa1fe77ba670c33a2f4343a7c4c387b8d40021ccdf080e794a7b55454d',
    'arn:aws:sts::111122223333:assumed-role/claims/u-48213',
    'authorization: [redacted:openai]',
    '"api-key": "${OPENAI_API_KEY}"',
    'password: ********',
    'x-api-key: sk-…abcd',
  ])
    assert.deepEqual(found(text), [], text)
})

test('a value that has the name of a credential is one, unless it is masked', () => {
  assert.equal(named('authorization', 'Bearer abc'), 'bearer abc')
  assert.equal(named('Authorization', `Bearer sk-proj-${RANDOM}`), `openai sk-proj-${RANDOM}`)
  assert.equal(named('x-api-key', 'sk-1234'), 'other sk-1234')
  assert.equal(named('api-key', HEX), `azure ${HEX}`)
  assert.equal(named('cookie', 'session=1; theme=dark'), 'cookie session=1; theme=dark')
  for (const mask of [
    'REDACTED',
    ' [REDACTED] ',
    '***',
    'Bearer ***',
    'xxxx',
    '',
    'null',
    'fp:a',
    '<redacted>',
  ])
    assert.equal(named('authorization', mask), undefined, mask)
})

test('names say what their values are', () => {
  const meanings = [
    'Authorization',
    'OPENAI_API_KEY',
    'cf-aig-authorization',
    'Set-Cookie',
    'host',
    'x-team',
    'x-csrf',
  ]
  assert.deepEqual(meanings.map(meaningOfName), [
    ...['credential', 'credential', 'credential', 'cookie', 'harmless', 'text', 'text'],
  ])
})

test('a fingerprint is only of use for what comes again', () => {
  assert.deepEqual(
    SECRET_KINDS.filter((kind) => !isLasting(kind)),
    ['basic', 'cookie', 'jwt'],
  )
})

/** Counts what is looked at. */
function counting(text: string): { readonly text: Text; steps(): number } {
  let steps = 0
  return {
    text: {
      length: text.length,
      charCodeAt: (at) => ((steps += 1), text.charCodeAt(at)),
      slice: (from = 0, to = text.length) => {
        steps += Math.max(0, Math.min(to, text.length) - from)
        return text.slice(from, to)
      },
    },
    steps: () => steps,
  }
}

/** Pieces of everything that a rule looks for, so that what is made of them begins like a secret again and again. */
const PIECES = [
  ...PREFIX_RULES.map(({ prefix }) => prefix),
  ...KEYWORD_RULES.map(({ keyword }) => keyword),
  ...[
    'eyJ',
    'eyJhbGciOiJI',
    '.',
    'Bearer ',
    'basic ',
    'api-key',
    'authorization',
    '=',
    ':',
    '"',
    "'",
    ',',
    '%20',
    '%3D',
  ],
  ...[
    '\\',
    '\\u0041',
    '...',
    '***',
    ' ',
    'a',
    '0',
    'password',
    'token',
    'x'.repeat(47),
    'é',
    '\n',
    RANDOM,
  ],
]
const STEPS_MAX = 64

test('hostile texts cost a bounded number of steps a character', () => {
  const piece = fc.constantFrom(...PIECES)
  const text = fc
    .tuple(
      fc.array(piece, { minLength: 1, maxLength: 6 }),
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 400 }),
    )
    .map(([again, rest, times]) => again.join('').repeat(times) + rest.join(''))
  fc.assert(
    fc.property(text, (one) => {
      const { text: counted, steps } = counting(one)
      findSecrets(counted)
      assert.ok(steps() <= STEPS_MAX * (one.length + 64), `${steps()} steps for ${one.length}`)
    }),
    { numRuns: 300 },
  )
})

test('secrets that are found lie in order, inside the text, and do not overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) => {
      const text = pieces.join('')
      let end = 0
      for (const secret of findSecrets(text)) {
        assert.ok(secret.start >= end && secret.end > secret.start && secret.end <= text.length)
        end = secret.end
      }
    }),
    { numRuns: 300 },
  )
})
