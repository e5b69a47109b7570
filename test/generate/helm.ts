/** Writes what the chart renders for a reader to compare; needs Helm: `node test/generate/helm.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { goldenChart, templateGolden, valuesNames } from '../support/chart.ts'

for (const name of valuesNames()) {
  const { code, out, err } = await templateGolden(name)
  if (code !== 0) throw new Error(err)
  const file = goldenChart(name)
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, out)
}
