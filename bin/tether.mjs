/**
 * Preloaded by the launcher into the Node it starts: when the launcher is gone (killed, so that it could forward nothing),
 * this process ends as well instead of living on unseen. A worker process of a supervisor is at another line, the
 * supervisor's, and stops in order when that is cut.
 */
if (process.channel && process.env.WHOSECALL_WORKER === undefined) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
