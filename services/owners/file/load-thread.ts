import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import { loadOwnerText } from './load.ts'
import type { LoadedOwners } from './load.ts'

/**
 * Reads an owner file in a thread of its own. YAML is read at one or two megabytes a second, and a reload must not make the
 * worker pause so long.
 */

interface Job {
  readonly file: string
  readonly text: string
}

/** `loadOwnerText`, elsewhere. Rejects only when the thread breaks. */
export async function loadOwnerTextInThread(job: Job): Promise<LoadedOwners> {
  const thread = new Worker(new URL(import.meta.url), { workerData: job })
  try {
    return await new Promise<LoadedOwners>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', (code) => reject(new Error(`the reading thread ended with ${code}`)))
    })
  } finally {
    await thread.terminate()
  }
}

function isJob(data: unknown): data is Job {
  return typeof data === 'object' && data !== null && 'file' in data && 'text' in data
}

if (!isMainThread && isJob(workerData)) {
  parentPort?.postMessage(loadOwnerText(workerData.file, workerData.text))
}
