/**
 * kafkajs 2.2.4 sets timers with a negative delay whenever its request queue is not throttled; since Node 24 that prints a
 * warning, once per process. The timer does what it should. Exactly this warning is kept back, and only when kafkajs is on
 * the stack.
 */

let installed = false

export function silenceNegativeTimeouts(): void {
  if (installed) return
  installed = true
  const emitWarning = process.emitWarning.bind(process)
  const filtered = (warning: string | Error, ...rest: readonly unknown[]): void => {
    const negative = rest[0] === 'TimeoutNegativeWarning'
    if (negative && new Error('who set the timer').stack?.includes('kafkajs') === true) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  process.emitWarning = filtered
}
