import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explains } from '#/worker/admin/explain-route.ts'
import { workerConfig } from '../../../support/worker.ts'

test('messages are explained on addresses of this machine only, unless the config says otherwise', (t) => {
  const answers = (endpoint: string, explain?: string) =>
    explains(workerConfig(t, { service: { telemetry: { metrics: { endpoint, explain } } } }))
  const local = ['127.0.0.1:9464', '127.8.9.1:0', 'localhost:9464', '[::1]:9464']
  assert.deepEqual(
    local.map((endpoint) => answers(endpoint)),
    [true, true, true, true],
  )
  const others = ['0.0.0.0:9464', '[::]:9464', '10.0.0.1:9464', '127.example.com:9464', 'worker:1']
  assert.deepEqual(
    others.map((endpoint) => answers(endpoint)),
    [false, false, false, false, false],
  )
  assert.equal(answers('0.0.0.0:9464', 'always'), true)
  assert.equal(answers('127.0.0.1:9464', 'never'), false)
})
