/** Calls `done` when as many parts are done as were added, the one it begins with included. */
export interface Parts {
  add(): void
  readonly done: () => void
}

export function countParts(done: () => void): Parts {
  let open = 1
  return {
    add() {
      open += 1
    },
    done() {
      open -= 1
      if (open === 0) done()
    },
  }
}
