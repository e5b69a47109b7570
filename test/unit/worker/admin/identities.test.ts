import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identitiesOf } from '#/worker/admin/identities.ts'
import { workerConfig } from '../../../support/worker.ts'

test('identities are shown on addresses of this machine only, unless the config says otherwise', (t) => {
  const answers = (endpoint: string, explain?: string) =>
    identitiesOf(workerConfig(t, { service: { telemetry: { metrics: { endpoint, explain } } } }))
  const local = ['127.0.0.1:9464', '127.8.9.1:0', 'localhost:9464', '[::1]:9464']
  assert.deepEqual(
    local.map((endpoint) => answers(endpoint)),
    ['local', 'local', 'local', 'local'],
  )
  const others = ['0.0.0.0:9464', '[::]:9464', '10.0.0.1:9464', '127.example.com:9464', 'worker:1']
  assert.deepEqual(
    others.map((endpoint) => answers(endpoint)),
    ['none', 'none', 'none', 'none', 'none'],
  )
  assert.equal(answers('0.0.0.0:9464', 'always'), 'all')
  assert.equal(answers('127.0.0.1:9464', 'never'), 'none')
})
