/**
 * Preloaded by the launcher into the Node it starts: when the launcher is gone (killed, so that it could forward nothing),
 * this process ends as well instead of living on unseen.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
