import assert from 'node:assert/strict'
import { stackInfo } from '../stack/tools.ts'
import { eachClient } from '../contract/each-client.ts'
import { runLedger } from './ledger/run.ts'

eachClient(
  'no message is lost and nobody is blamed while the worker is killed and Redis and the registry come and go',
  async (t, client) => {
    const result = await runLedger({
      messages: 10_000,
      kills: 5,
      seed: 20_260_101,
      brokers: stackInfo().brokers,
      client,
      log: (line) => t.diagnostic(line),
    })
    assert.deepEqual(result.violations, [], result.findings.join('\n'))
    assert.equal(result.sent, 10_000)
    assert.equal(result.lost, 0)
    assert.equal(result.counters_equal, true)
    assert.equal(result.wrongly_unattributed, 0)
    // How many calls fall into an outage depends on how fast the worker is; the run must see both.
    assert.ok(result.attributed > 500, 'identities are resolved when they can be')
    assert.ok(result.unresolved > 0, 'some calls fall into an outage')
  },
)
