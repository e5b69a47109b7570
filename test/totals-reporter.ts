import type { TestEvent } from 'node:test/reporters'

/** A reporter that prints one line at the end: how many tests passed and failed, files included only when they fail. */
export default async function* totals(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0
  let failed = 0
  for await (const event of events) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') passed++
    if (event.type === 'test:fail' && event.data.details.type !== 'suite') failed++
  }
  yield `# totals passed=${passed} failed=${failed}\n`
}
