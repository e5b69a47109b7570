/** Reads the text that `/metrics` answers. Enough for tests that add up counters; it is no general parser. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Scrape {
  readonly samples: readonly Sample[]
  /** Sum over all series of a name that carry these labels; 0 where there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number
  /** Sums by the values of some labels, joined by `/`; zeros are left out. */
  by(name: string, ...labels: readonly string[]): Readonly<Record<string, number>>
}

export function parseScrape(text: string): Scrape {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const found = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line)
    if (found === null) continue
    const [, name = '', labels = '', value = ''] = found
    samples.push({ name, labels: readLabels(labels), value: Number(value) })
  }
  const named = (name: string) => samples.filter((sample) => sample.name === name)
  return {
    samples,
    sum: (name, labels = {}) =>
      named(name)
        .filter((sample) =>
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
        )
        .reduce((total, sample) => total + sample.value, 0),
    by(name, ...labels) {
      const sums: Record<string, number> = {}
      for (const sample of named(name)) {
        if (sample.value === 0) continue
        const key = labels.map((label) => sample.labels[label]).join('/')
        sums[key] = (sums[key] ?? 0) + sample.value
      }
      return sums
    },
  }
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    labels[name] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
  return labels
}
