import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { diagnosticAt, formatDiagnostics, pointerOf, readConfig } from '#/config/index.ts'
import { block, configOf, errorsOf, read } from './sample.ts'

test('Defaults are filled in, down to sections that are absent.', () => {
  assert.deepEqual(configOf('receivers: {kafka/raw: {brokers: [a], logs: {topics: [t]}}}'), {
    receivers: {
      'kafka/raw': {
        brokers: ['a'],
        group_id: 'whosecall',
        initial_offset: 'earliest',
        fetch_bytes_max: 10,
        logs: { topics: ['t'], encoding: 'json' },
      },
    },
    service: { verbose: false, ratio: 0.5, endpoint: '127.0.0.1:9464' },
  })
})

test('An empty file is a config of defaults, and an optional section stays absent.', () => {
  const config = configOf('# nothing\n')
  assert.deepEqual(config.receivers, {})
  assert.equal('url' in config.service, false)
})

test('A component without a body is an empty mapping.', () => {
  assert.deepEqual(configOf('receivers:\n  memory:\n').receivers, { memory: {} })
})

test('A union of a word and a section has the defaults of the section.', () => {
  assert.equal(configOf('service: {source: kong}').service.source, 'kong')
  assert.deepEqual(configOf('service: {source: {name: own}}').service.source, {
    name: 'own',
    encoding: 'json',
  })
  assert.equal(
    errorsOf('service: {source: litelm}'),
    block(`
      w.yaml:1:19: error[WC-C012]: not a legal value of service.source
          1 | service: {source: litelm}
            |                   ^^^^^^ expected one of auto, litellm, kong, found the text "litelm"
         help: did you mean litellm?
    `),
  )
  assert.equal(
    errorsOf('service: {source: {nam: own}}'),
    block(`
      w.yaml:1:20: error[WC-C010]: unknown key "nam" in service.source
          1 | service: {source: {nam: own}}
            |                    ^^^ expected one of name, encoding
         help: did you mean name?
    `),
  )
  assert.match(
    errorsOf('service: {source: [a]}'),
    /expected one of auto, litellm, kong or a mapping, found a list/,
  )
})

test('Reading twice gives values of their own.', () => {
  const first = configOf('')
  first.service.ratio = 0.9
  assert.equal(configOf('').service.ratio, 0.5)
})

test('A byte order mark and Windows line ends are read.', () => {
  assert.deepEqual(configOf('\uFEFFservice:\r\n  url: a\r\n').service.url, 'a')
  assert.equal(
    errorsOf('service:\r\n  urll: a\r\n'),
    block(`
      w.yaml:2:3: error[WC-C010]: unknown key "urll" in service
          2 |   urll: a
            |   ^^^^ expected one of url, verbose, ratio, endpoint, source, names
         help: did you mean url?
    `),
  )
})

test('Anchors and aliases are followed.', () => {
  const config = configOf('receivers:\n  kafka/a: &k {brokers: [a]}\n  kafka/b: *k\n')
  assert.deepEqual(config.receivers['kafka/b'], config.receivers['kafka/a'])
})

test('A key named __proto__ is an unknown key like any other.', () => {
  assert.match(errorsOf('service: {__proto__: {url: x}}'), /unknown key "__proto__" in service/)
  assert.equal(Object.hasOwn(Object.prototype, 'url'), false)
})

test('A check reports at a pointer, together with the errors of the schema.', () => {
  const text = 'receivers:\n  kafka/raw: {brokers: [a], group: x}\nservice:\n  url: kafka/rwa\n'
  const printed = errorsOf(text, {
    checks(config, report) {
      const url = config.service.url ?? ''
      if (url in config.receivers) return
      report(pointerOf('service', 'url'), {
        code: 'WC-C100',
        message: `there is no receiver "${url}"`,
        word: url,
        candidates: Object.keys(config.receivers),
      })
      report(pointerOf('receivers', 'kafka/raw'), {
        code: 'WC-C101',
        severity: 'warning',
        at: 'key',
        message: 'this receiver is not used',
      })
    },
  })
  assert.equal(
    printed,
    block(`
      w.yaml:2:3: warning[WC-C101]: this receiver is not used
          2 |   kafka/raw: {brokers: [a], group: x}
            |   ^^^^^^^^^
      w.yaml:2:29: error[WC-C010]: unknown key "group" in receivers.kafka/raw
          2 |   kafka/raw: {brokers: [a], group: x}
            |                             ^^^^^ expected one of brokers, group_id, initial_offset, fetch_bytes_max, auth, logs
         help: did you mean group_id?
      w.yaml:4:8: error[WC-C100]: there is no receiver "kafka/rwa"
          4 |   url: kafka/rwa
            |        ^^^^^^^^^
         help: did you mean kafka/raw?
    `),
  )
})

test('A warning does not fail a config.', () => {
  const result = read('service: {url: a}', {
    checks: (_config, report) =>
      report('/service/url', { code: 'WC-C101', severity: 'warning', message: 'old' }),
  })
  assert.ok(result.ok)
  assert.deepEqual(
    result.warnings.map(({ line, column, path, message }) => [line, column, path, message]),
    [[1, 16, 'service.url', 'old']],
  )
})

test('A check that stumbles over a broken shape is left at that; over a sound one it is a bug.', () => {
  const stumble = () => {
    throw new TypeError('no such part')
  }
  assert.match(errorsOf('service: {url: 1}', { checks: stumble }), /wrong type of service.url/)
  assert.throws(() => read('service: {url: a}', { checks: stumble }), /no such part/)
})

test('A check may look at what a default supplied: the nearest parent in the file is shown.', () => {
  const result = read('service:\n  url: a\n')
  assert.ok(result.ok)
  assert.deepEqual(result.document.at('/service/ratio'), { line: 1, column: 1, length: 7 })
  assert.equal(result.document.has('/service/ratio'), false)
  assert.equal(
    diagnosticAt(result.document, '/service/ratio', { code: 'X', message: 'm' }).path,
    'service.ratio',
  )
})

test('A position is that of the value, of the key, and of a list item.', () => {
  const result = read('receivers:\n  kafka/raw:\n    brokers:\n      - a\n      - bc\n')
  assert.ok(result.ok)
  const { document } = result
  const brokers = pointerOf('receivers', 'kafka/raw', 'brokers')
  assert.deepEqual(document.at(`${brokers}/1`), { line: 5, column: 9, length: 2 })
  assert.deepEqual(document.keyAt(brokers), { line: 3, column: 5, length: 7 })
})

test('Text beyond the limits is refused.', () => {
  assert.equal(
    errorsOf(`# ${'x'.repeat(1024 * 1024)}`).split('\n')[0],
    'w.yaml:1:1: error[WC-C005]: the file has 1048578 bytes; at most 1048576 are read',
  )
  assert.match(errorsOf('['.repeat(100_000)), /error\[WC-C005\]: the nesting is too deep/)
  const deep = `service: {url: ${'['.repeat(80)}${']'.repeat(80)}}`
  assert.match(errorsOf(deep), /error\[WC-C005\]: the file has more than 64 levels, aliases/)
})

test('Aliases cannot multiply a small file into a large one.', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 10; level++) {
    const item = `*a${level - 1}`
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`)
  }
  const printed = errorsOf(lines.join('\n'))
  assert.match(printed, /error\[WC-C005\]: the file has more than 200000 values, aliases followed/)
  assert.match(errorsOf('a: &a {b: *a}'), /error\[WC-C005\]: the file has more than 64 levels/)
})

test('A megabyte of keys is read in bounded time, and not every error is listed.', () => {
  const lines = Array.from({ length: 60_000 }, (_, index) => `key_${index}: ${index}`)
  const text = lines.join('\n').slice(0, 1_000_000)
  const started = process.cpuUsage()
  const result = read(text)
  assert.ok(process.cpuUsage(started).user < 20_000_000)
  assert.ok(!result.ok)
  assert.equal(result.diagnostics.length, 201)
  assert.match(result.diagnostics.at(-1)?.message ?? '', /^from here on \d+ more are not shown$/)
})

test('Colours are there only when asked for.', () => {
  const result = read('service: {url: 1}')
  assert.ok(!result.ok)
  const colored = formatDiagnostics(result.diagnostics, { color: true })
  assert.ok(colored.includes('\u001B[31merror[WC-C011]\u001B[39m'))
  assert.ok(!formatDiagnostics(result.diagnostics, { color: false }).includes('\u001B'))
  assert.equal(formatDiagnostics([], { color: true }), '')
})

test('Control characters of a config do not reach the terminal.', () => {
  const printed = errorsOf('service: {"ur\\e[2J": "\u0085x"}')
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(printed.replaceAll('\n', ''), /[\u0000-\u001F\u007F-\u009F]/)
  assert.match(printed, /unknown key "ur·\[2J" in service/)
})

test('A long line is shown around the caret.', () => {
  const printed = errorsOf(`service: {names: [${'a, '.repeat(100)}1, b${', c'.repeat(100)}]}`)
  const [, excerpt = '', caret = ''] = printed.split('\n')
  assert.equal(excerpt[caret.indexOf('^')], '1')
  assert.ok(excerpt.length < 140)
})

test('A schema that cannot be told in one tree is refused when it is used.', () => {
  const schema = Type.Object({ a: Type.Intersect([Type.Object({}), Type.Object({})]) })
  const input = { file: 'w.yaml', text: '', schema, env: {}, readFile: () => '' }
  assert.throws(() => readConfig(input), /allOf and \$ref are not supported/)
})
