/** What leaves the whole worker with a redaction processor, and what does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { litellmCall, startTestWorker, TOPICS } from '../support/worker.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'

test('redaction takes fields out, replaces persons everywhere and leaves the decision as it was', async (t) => {
  const worker = await startTestWorker(t, {
    redaction: {
      drop: ['/messages'],
      pseudonymize: {
        key_id: '1',
        key: 'a secret of sixteen or more',
        fields: ['/end_user'],
        addresses: ['/requester_ip_address'],
        addresses_by: 'truncate',
      },
    },
  })
  publish(
    worker,
    litellmCall('known', {
      messages: [{ role: 'user', content: 'my secret prompt' }],
      end_user: 'ana',
      requester_ip_address: '203.0.113.77',
    }),
  )
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  const text = out!.value!.toString()
  const event = JSON.parse(text) as Record<string, unknown>
  assert.ok(!('messages' in event))
  assert.match(String(event['end_user']), /^k1:[\w-]{43}$/)
  assert.equal(event['requester_ip_address'], '203.0.113.0/24')
  const attribution = attributionOf(out?.value)
  assert.equal(attribution.owner?.id, 'team:payments')
  assert.match(attribution.on_behalf_of ?? '', /^user=k1:/)
  assert.ok(!text.includes('ana"'))
})

test('a person whose field is dropped stands nowhere in what leaves, without any key for pseudonyms', async (t) => {
  const worker = await startTestWorker(t, { redaction: { drop: ['/end_user'] } })
  publish(worker, litellmCall('known', { end_user: 'ana@example.com' }))
  publish(worker, litellmCall('nobody-knows', { end_user: 'u-1' }))
  await settled(worker, 2)
  const out = worker.bus.read(TOPICS.out)
  const [known, claimed] = out.map(({ value }) => attributionOf(value))
  assert.equal(known?.owner?.id, 'team:payments')
  assert.equal(known?.on_behalf_of, 'mail=redacted')
  assert.equal(claimed?.owner?.id, 'team:users')
  for (const { value } of out) assert.doesNotMatch(value!.toString(), /ana@example|u-1"/)
})

test('a person stays in the decision when only other fields are dropped', async (t) => {
  const worker = await startTestWorker(t, { redaction: { drop: ['/messages'] } })
  publish(worker, litellmCall('known', { end_user: 'ana', messages: 'my secret prompt' }))
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  assert.equal(attributionOf(out?.value).on_behalf_of, 'user=litellm|ana')
})

test('a dropped person stands in the decision as a pseudonym where there is a key for it', async (t) => {
  const pseudonymize = { key_id: '1', key: 'a secret of sixteen or more' }
  const worker = await startTestWorker(t, { redaction: { drop: ['/end_user'], pseudonymize } })
  publish(worker, litellmCall('known', { end_user: 'ana' }))
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  assert.match(attributionOf(out?.value).on_behalf_of ?? '', /^user=k1:/)
})

test('what lies in a JSON text goes with the whole text, and a text that cannot be read goes, too', async (t) => {
  const worker = await startTestWorker(t, {
    receiver: { source: 'gcp-vertex-request-response' },
    redaction: { drop: ['/full_request/contents'] },
  })
  const row = (full_request: unknown) =>
    Buffer.from(JSON.stringify({ api_method: 'GenerateContent', full_request, model: 'm' }))
  const request = { model: 'projects/p/x', contents: ['my secret prompt'] }
  publish(worker, row(request))
  publish(worker, row(JSON.stringify(request)))
  publish(worker, row(JSON.stringify(request).slice(0, -3)))
  await settled(worker, 3)
  const out = worker.bus.read(TOPICS.out).map(({ value }) => value!.toString())
  assert.equal(out.length, 3)
  for (const text of out) assert.doesNotMatch(text, /secret/)
  const [object] = out.map((text) => JSON.parse(text) as Record<string, unknown>)
  assert.deepEqual(object?.['full_request'], { model: 'projects/p/x' })
})
