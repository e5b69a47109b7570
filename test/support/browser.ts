/** A real browser, headless and with a profile of its own, that talks to nobody but the page under test. */
import type { TestContext } from 'node:test'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { findProgram } from '../stack/programs.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** What the page should do takes milliseconds; a machine with much to do may take longer. */
const PATIENCE_MS = 15_000

let launched: Promise<Browser> | undefined

/** One for a test file. */
async function browser(): Promise<Browser> {
  launched ??= findProgram('chromium').then((executablePath) =>
    chromium.launch({ executablePath, headless: true, args: FLAGS }),
  )
  return launched
}

/** For `after`. */
export async function closeBrowser(): Promise<void> {
  await (await launched)?.close()
  launched = undefined
}

export interface OpenPage {
  readonly page: Page
  /** What the console of the browser said: errors, warnings, what the policy of the page refused. */
  readonly complaints: readonly string[]
  /** Addresses of requests to anybody else than `origin`. */
  readonly strangers: readonly string[]
}

export async function openPage(
  t: TestContext,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await (await browser()).newContext({ reducedMotion: 'reduce', ...options })
  t.after(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  const strangers: string[] = []
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.origin !== origin) strangers.push(url.href)
  })
  await page.goto(origin)
  return { page, complaints, strangers }
}
