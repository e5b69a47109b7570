import assert from 'node:assert/strict'
import { test } from 'node:test'
import { block, configOf, errorsOf, testErrors } from './sample.ts'

/** `${…}` without quotes inside braces and brackets: one error where it stands, and the rest of the file is checked. */

testErrors([
  {
    title: 'A substitution in braces without quotes is one error, with the form that is right.',
    text: `
      receivers: {memory: {}}
      service: { verbose: false, url: \${env:SECRET}, ratio: 0.1 }
    `,
    errors: `
      w.yaml:2:33: error[WC-C006]: inside braces and brackets a substitution must stand in quotes
          2 | service: { verbose: false, url: \${env:SECRET}, ratio: 0.1 }
            |                                 ^^^^^^^^^^^^^
         help: write '\${env:SECRET}'; without quotes YAML reads its brace as a nested mapping
    `,
  },
  {
    title: 'Each of several is named, with what stands around it, and so is what else is wrong.',
    text: `
      receivers:
        kafka: { brokers: [a-\${env:SECRET}.b:9092, "\${env:SECRET}", \${env:SECRET:-it's}], group: x }
      servce: {url: \${env:SECRET:-[::1]:80}}
    `,
    errors: `
      w.yaml:2:22: error[WC-C006]: inside braces and brackets a substitution must stand in quotes
          2 |   kafka: { brokers: [a-\${env:SECRET}.b:9092, "\${env:SECRET}", \${env:SECRET:-it's}], group: x }
            |                      ^^^^^^^^^^^^^^^^^^^^^^
         help: write 'a-\${env:SECRET}.b:9092'; without quotes YAML reads its brace as a nested mapping
      w.yaml:2:63: error[WC-C006]: inside braces and brackets a substitution must stand in quotes
          2 |   kafka: { brokers: [a-\${env:SECRET}.b:9092, "\${env:SECRET}", \${env:SECRET:-it's}], group: x }
            |                                                               ^^^^^^^^^^^^^^^^^^^
         help: write "\${env:SECRET:-it's}"; without quotes YAML reads its brace as a nested mapping
      w.yaml:2:85: error[WC-C010]: unknown key "group" in receivers.kafka
          2 |   kafka: { brokers: [a-\${env:SECRET}.b:9092, "\${env:SECRET}", \${env:SECRET:-it's}], group: x }
            |                                                                                     ^^^^^ expected one of brokers, group_id, initial_offset, fetch_bytes_max, auth, logs
         help: did you mean group_id?
      w.yaml:3:1: error[WC-C010]: unknown key "servce"
          3 | servce: {url: \${env:SECRET:-[::1]:80}}
            | ^^^^^^ expected one of receivers, service
         help: did you mean service?
      w.yaml:3:15: error[WC-C006]: inside braces and brackets a substitution must stand in quotes
          3 | servce: {url: \${env:SECRET:-[::1]:80}}
            |               ^^^^^^^^^^^^^^^^^^^^^^^
         help: write '\${env:SECRET:-[::1]:80}'; without quotes YAML reads its brace as a nested mapping
    `,
  },
])

test('A secret beside the substitution is not in the form that is right.', () => {
  const printed = errorsOf(
    'receivers: {kafka: {brokers: [a], auth: {type: oauth, client_secret: hunter2-${env:A}}}}\n',
    { env: { A: 'a' } },
  )
  assert.match(printed, /help: without quotes YAML/)
  assert.doesNotMatch(printed, /hunter2/)
})

test('Outside of braces and in quotes nothing is to be said.', () => {
  const text = block(`
    receivers: {memory: {}}
    service:
      url: \${env:A}/{b}
      names: ['\${env:A}', "\${env:A}", 'a$', $]
  `)
  assert.deepEqual(configOf(text, { env: { A: 'a' } }).service, {
    ...configOf('receivers: {memory: {}}\nservice: {}').service,
    url: 'a/{b}',
    names: ['a', 'a', 'a$', '$'],
  })
})
