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
    assert.ok(result.attributed > result.unresolved, 'most identities are resolved in the end')
  },
)
