/** Which address of a forwarded list is the client's, through the whole worker: it shows in whom the address suggests. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { litellmCall, startTestWorker, temporaryFolder, TOPICS } from '../support/worker.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'

const OWNERS = `
bindings:
  - { kind: ip, key: 203.0.113.0/24, owner: { id: team:client } }
  - { kind: ip, key: 10.0.0.0/8, owner: { id: team:proxies } }
  - { kind: ip, key: 198.51.100.7, owner: { id: team:forged } }
`
/** What the client wrote, the client as our edge saw it, the edge as the inner proxy saw it. */
const CHAIN = '198.51.100.7, 203.0.113.9, 10.1.2.3'

async function suggestedBy(
  t: TestContext,
  receiver: object,
  address: string,
): Promise<string | undefined> {
  const path = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(path, OWNERS)
  const worker = await startTestWorker(t, {
    receiver,
    owners: { directory: { type: 'file', path } },
  })
  publish(worker, litellmCall(null, { requester_ip_address: address }))
  await settled(worker, 1)
  const attribution = attributionOf(worker.bus.read(TOPICS.out)[0]?.value)
  assert.equal(attribution.reason, 'ip_only')
  await worker.stop()
  return attribution.suggested_owner
}

test('without any word about proxies the last entry of a forwarded list counts', async (t) => {
  assert.equal(await suggestedBy(t, {}, CHAIN), 'team:proxies')
})

test('named proxies are passed over from the right, also when their block has host bits', async (t) => {
  for (const trusted_proxies of [
    ['10.0.0.0/8'],
    ['10.200.0.1/8'],
    ['::1', '::ffff:10.0.0.0/104'],
  ]) {
    assert.equal(await suggestedBy(t, { trusted_proxies }, CHAIN), 'team:client')
  }
  assert.equal(
    await suggestedBy(t, { trusted_proxies: ['10.0.0.0/8'] }, '10.9.9.9'),
    'team:proxies',
  )
})

test('hops are counted from the right, and what stands to the left is the word of the client', async (t) => {
  assert.equal(await suggestedBy(t, { forwarded_hops: 2 }, CHAIN), 'team:client')
  assert.equal(await suggestedBy(t, { forwarded_hops: 1 }, CHAIN), 'team:proxies')
  assert.equal(await suggestedBy(t, { forwarded_hops: 0 }, CHAIN), 'team:proxies')
  assert.equal(
    await suggestedBy(t, { forwarded_hops: 2 }, CHAIN.replace('198.51.100.7, ', '')),
    'team:client',
  )
})
