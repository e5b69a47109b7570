import type { Io } from '../command.ts'

/**
 * SIGHUP asks for a reload. It must neither end a worker that is still starting nor be lost on it, as the config may have been
 * read before it came: from the call on it is caught, and the reload that is given later makes up for it.
 */
export function catchHangups(io: Pick<Io, 'onHangup'>): (reload: () => void) => void {
  let was_asked = false
  let act = () => {
    was_asked = true
  }
  io.onHangup(() => act())
  return (reload) => {
    act = reload
    if (was_asked) reload()
  }
}
