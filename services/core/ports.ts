/**
 * What the rooms need from outside: time, log lines, counters. Code receives them as parameters, so a test passes a
 * fake clock and reads the counters it cares about.
 */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Log messages are static text; data goes in fields. Normal work logs nothing. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

/** Adds per batch, never per event. Label values come from closed lists. */
export interface Counter {
  add(count: number, labels?: Readonly<Record<string, string>>): void
}
export interface Gauge {
  set(value: number, labels?: Readonly<Record<string, string>>): void
}
export interface Histogram {
  observe(value: number, labels?: Readonly<Record<string, string>>): void
}

/** Names come from the catalogue in `telemetry/catalogue.ts`; an unknown name is a bug and throws. */
export interface Meter {
  counter(name: string): Counter
  gauge(name: string): Gauge
  histogram(name: string): Histogram
  /** Called at each scrape, before the values are read. Returns a function that removes it. */
  onScrape(collect: () => void): () => void
}

export interface Ports {
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
}
