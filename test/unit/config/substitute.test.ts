import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf, errorsOf } from './sample.ts'

const url = (text: string, options: Parameters<typeof configOf>[1] = {}) =>
  configOf(`service:\n  url: ${text}\n`, options).service.url

test('Variables, defaults and files are put into texts.', () => {
  const options = { env: { HOST: 'db', EMPTY: '' }, files: { '/run/port': '80\n' } }
  assert.equal(
    url('http://${env:HOST}:${file:/run/port}/${env:NONE:-x}', options),
    'http://db:80/x',
  )
  assert.equal(url('a${env:EMPTY}b', options), 'ab')
  assert.equal(url('a${env:EMPTY:-c}b', options), 'acb')
  assert.equal(url('a${env:NONE:-}b', options), 'ab')
})

test('Two dollar signs are one, a single one stays.', () => {
  assert.equal(url('a$$b'), 'a$b')
  assert.equal(url('$${env:HOST}'), '${env:HOST}')
  assert.equal(url('^raw-.*$'), '^raw-.*$')
})

test('A whole value takes the type that the schema wants.', () => {
  const text = `
receivers: {kafka: {brokers: ["\${env:N}"], fetch_bytes_max: "\${env:N}"}}
service: {ratio: "\${env:R}", verbose: "\${env:B}", url: "\${env:N}"}
`
  const config = configOf(text, { env: { N: '12', R: '0.25', B: 'true' } })
  assert.deepEqual(config.receivers['kafka'], {
    brokers: ['12'],
    group_id: 'whosecall',
    initial_offset: 'earliest',
    fetch_bytes_max: 12,
  })
  assert.deepEqual(config.service, {
    ratio: 0.25,
    verbose: true,
    url: '12',
    endpoint: '127.0.0.1:9464',
  })
})

test('A value that holds YAML stays one value.', () => {
  const env = { EVIL: 'x}\nservice: {url: y}\n- [&a *a' }
  assert.equal(url('"${env:EVIL}"', { env }), env.EVIL)
  assert.equal(url('${env:EVIL}', { env }), env.EVIL)
  assert.match(
    errorsOf('service: "${env:E}"', { env: { E: '{url: x}' } }),
    /wrong type of service\n.*\n.*expected a mapping, found a text from \$\{env:E\}/,
  )
})

test('What a variable brought is not substituted again.', () => {
  assert.equal(url('${env:A}', { env: { A: '${env:B}$$', B: 'no' } }), '${env:B}$$')
})

test('Inherited names are no variables.', () => {
  assert.match(errorsOf('service: {url: "${env:constructor}"}'), /constructor is not set/)
})

test('Only one line end of a file is cut, and a large file is refused.', () => {
  assert.equal(url('${file:/a}', { files: { '/a': 'x\r\n' } }), 'x')
  assert.equal(url('${file:/a}', { files: { '/a': 'x\n\n' } }), 'x\n')
  assert.match(
    errorsOf('service: {url: "${file:/a}"}', { files: { '/a': 'x'.repeat(70_000) } }),
    /error\[WC-C021\]: \/a has 70000 characters; at most 65536 are read/,
  )
})

test('The tag of a union may come from a variable.', () => {
  const text = 'receivers: {kafka: {brokers: [a], auth: {type: "${env:T}", client_secret: s}}}'
  const config = configOf(text, { env: { T: 'oauth' } })
  assert.deepEqual(config.receivers['kafka'], {
    brokers: ['a'],
    group_id: 'whosecall',
    initial_offset: 'earliest',
    fetch_bytes_max: 10,
    auth: { type: 'oauth', client_secret: 's' },
  })
})
