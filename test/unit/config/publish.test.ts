import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Type } from 'typebox'
import { componentMap, jsonSchemaOf, optionsTable, printConfig } from '#/config/index.ts'
import { KafkaSample, Sample, block, configOf } from './sample.ts'

test('A printed config has its defaults and none of its secrets.', () => {
  const config = configOf(
    `
receivers:
  kafka:
    brokers: [a]
    auth: {type: plain, username: u, password: "\${env:P}"}
service: {url: "redis://u:\${env:P}@host/1"}
`,
    { env: { P: 'hunter2' } },
  )
  assert.equal(
    printConfig(config, Sample),
    `${block(`
      receivers:
        kafka:
          brokers:
            - a
          auth:
            type: plain
            username: u
            password: <redacted>
          group_id: whosecall
          initial_offset: earliest
          fetch_bytes_max: 10
      service:
        url: redis://<redacted>@host/1
        verbose: false
        ratio: 0.5
        endpoint: 127.0.0.1:9464
    `)}\n`,
  )
})

test('A secret section is printed as one word.', () => {
  const schema = Type.Object({ keys: Type.Object({ a: Type.String() }, { secret: true }) })
  assert.equal(printConfig({ keys: { a: 'hunter2' } }, schema), 'keys: <redacted>\n')
})

function compile(schema: object) {
  return new Ajv2020({ strict: true, allErrors: true }).compile(schema)
}

test('The published schema is standard JSON Schema and takes what may be written.', () => {
  const validate = compile(jsonSchemaOf(Sample, { title: 'sample' }))
  const written = {
    receivers: {
      'kafka/raw': {
        brokers: ['${env:BROKER}'],
        fetch_bytes_max: '${env:BYTES:-5}',
        auth: { type: 'oauth', client_secret: '${file:/run/secret}' },
      },
      memory: null,
    },
    service: { verbose: '${env:V}' },
  }
  assert.ok(validate(written), JSON.stringify(validate.errors))
  assert.ok(validate({}))
  const wrong = [
    { receivers: { kafka: {} } },
    { receivers: { kafak: {} } },
    { receivers: { kafka: { brokers: ['a'], fetch_bytes_max: 'many' } } },
    { receivers: { kafka: { brokers: ['a'], auth: { type: 'plain', client_secret: 'x' } } } },
    { service: { nonsense: 1 } },
    { service: { verbose: 'yes' } },
  ]
  for (const value of wrong) assert.equal(validate(value), false, JSON.stringify(value))
})

test('The published schema keeps descriptions, defaults, units and secrets.', () => {
  const published = JSON.stringify(jsonSchemaOf(Sample))
  assert.ok(published.includes('"description":"Unit: bytes.","default":10'))
  assert.ok(published.includes('"writeOnly":true'))
  assert.ok(published.includes('Form: host:port, for example 127.0.0.1:9464.'))
})

test('The table of options has a row for each key.', () => {
  assert.equal(
    optionsTable(KafkaSample),
    block(`
      | Key | Type | Default | Description | Unit |
      | --- | --- | --- | --- | --- |
      | \`brokers\` | list of text | required | Bootstrap brokers. |  |
      | \`group_id\` | text | \`"whosecall"\` |  |  |
      | \`initial_offset\` | earliest, latest | \`"earliest"\` |  |  |
      | \`fetch_bytes_max\` | whole number | \`10\` |  | bytes |
      | \`auth.type\` | plain, oauth | required |  |  |
      | \`auth.username\` (type: plain) | text | required |  |  |
      | \`auth.password\` (type: plain) | text | required | Secret: never printed. |  |
      | \`auth.client_secret\` (type: oauth) | text | required | Secret: never printed. |  |
      | \`logs.topics\` | list of text | required |  |  |
      | \`logs.encoding\` | otlp_proto, json | \`"json"\` |  |  |
    `),
  )
})

test('The table of a whole config names component types and list items.', () => {
  const schema = Type.Object({
    exporters: componentMap({ kafka: Type.Object({ topic: Type.String() }) }),
    rules: Type.Array(Type.Object({ field: Type.String({ description: 'a | b' }) })),
  })
  assert.equal(
    optionsTable(schema).split('\n').slice(2).join('\n'),
    block(`
      | \`exporters.kafka.topic\` | text | required |  |  |
      | \`rules[].field\` | text | required | a \\| b |  |
    `),
  )
})
