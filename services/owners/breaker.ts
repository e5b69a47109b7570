import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  handleAll,
} from 'cockatiel'

import type { Clock, Meter } from '#/core/ports.ts'

/**
 * A breaker whose callers never wait for a recovery. While it is not closed, `run` refuses without calling; a probe in
 * the background finds out whether the dependency is back. So a dead dependency costs microseconds per batch, and no
 * event is the guinea pig.
 *
 *   closed ──(5 failures in a row, or half of 20)──▶ open ──(probe starts)──▶ half_open ──(it succeeds)──▶ closed
 *                                                      ▲                          │
 *                                                      └────────(it fails)────────┘
 */

export type BreakerState = 'closed' | 'half_open' | 'open'

export interface Breaker {
  readonly state: BreakerState
  /** Rejects with `RefusedError` at once when not closed. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** The next failure opens it, and it is not probed for so long: the dependency asked for a pause. */
  pause(ms: number): void
  /** Tries now instead of at the next interval: there is a sign of life. */
  hint(): void
  stop(): void
}

export interface BreakerOptions {
  readonly dependency: 'redis' | 'directory'
  readonly probe_interval_ms: number
  readonly probe: () => Promise<unknown>
  readonly clock: Clock
  readonly meter: Meter
  readonly onOpen?: () => void
  readonly onClosed?: () => void
}

/** The call was not made. */
export class RefusedError extends Error {
  constructor(dependency: string) {
    super(`${dependency} is not asked while its breaker is open`)
    this.name = 'RefusedError'
  }
}

const FAILURES_IN_A_ROW_MAX = 5
const SAMPLE_CALLS = 20
const SAMPLE_FAILURES_RATIO = 0.5
const STATES: readonly BreakerState[] = ['closed', 'half_open', 'open']

export function createBreaker(options: BreakerOptions): Breaker {
  const { dependency, clock } = options
  const gauge = options.meter.gauge('whosecall_breaker_state')
  const ended = new AbortController()
  let paused_until_ms = 0
  let wake = new AbortController()
  let probing = false

  // The time between probes is kept by our own loop on the injected clock, so the policy may always be tried.
  const policy = circuitBreaker(handleAll, { halfOpenAfter: 0, breaker: tripRule(isPaused) })

  function isPaused(): boolean {
    return clock.now() < paused_until_ms
  }

  function publish(state: BreakerState): void {
    for (const name of STATES) gauge.set(name === state ? 1 : 0, { dependency, state: name })
  }

  async function probeUntilClosed(): Promise<void> {
    if (probing) return
    probing = true
    while (policy.state !== CircuitState.Closed && !ended.signal.aborted) {
      const pause_ms = Math.max(options.probe_interval_ms, paused_until_ms - clock.now())
      wake = new AbortController()
      await clock.sleep(pause_ms, AbortSignal.any([ended.signal, wake.signal]))
      if (ended.signal.aborted) break
      // A probe that fails has opened the breaker again by now; there is nothing else to do about it.
      await policy.execute(options.probe).catch(() => {})
    }
    probing = false
  }

  policy.onBreak(() => {
    publish('open')
    // A probe that fails opens it again; that is no news.
    if (!probing) options.onOpen?.()
    void probeUntilClosed()
  })
  policy.onHalfOpen(() => publish('half_open'))
  policy.onReset(() => {
    publish('closed')
    options.onClosed?.()
  })
  publish('closed')

  return {
    get state() {
      return stateName(policy.state)
    },
    run(call) {
      if (policy.state !== CircuitState.Closed) return Promise.reject(new RefusedError(dependency))
      return policy.execute(call)
    },
    pause(ms) {
      paused_until_ms = clock.now() + ms
    },
    hint() {
      if (!isPaused()) wake.abort()
    },
    stop() {
      ended.abort()
    },
  }
}

function stateName(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half_open' : 'open'
}

/** Opens on several failures in a row, on too many of the last calls, or at once during a pause. */
function tripRule(isPaused: () => boolean) {
  const in_a_row = new ConsecutiveBreaker(FAILURES_IN_A_ROW_MAX)
  const sample = new CountBreaker({ threshold: SAMPLE_FAILURES_RATIO, size: SAMPLE_CALLS })
  return {
    state: undefined,
    success(state: CircuitState) {
      in_a_row.success()
      sample.success(state)
    },
    failure(state: CircuitState) {
      const is_in_a_row = in_a_row.failure()
      const is_too_many = sample.failure(state)
      return is_in_a_row || is_too_many || isPaused()
    },
  }
}
