import type { Io } from '../command.ts'
import {
  alertLines,
  exampleLine,
  intro,
  invitation,
  liveLine,
  recoveryLine,
  summary,
} from './lines.ts'
import { readAttribution } from './read-attribution.ts'
import { createScreen, type Screen } from './screen.ts'
import { startSession, type Plan } from './session.ts'
import { ALERT_LINE, createWatch, type Notice, type Watch } from './watch.ts'

/** The two ways to watch: as a person, or as a program that reads lines. */

const NEWLINE = Buffer.from('\n')

/** The output events and nothing else: the same seed and number give the same bytes. */
export async function printJson(plan: Plan, io: Io): Promise<void> {
  const session = await startSession(plan, io)
  try {
    for await (const outputs of session.play()) {
      await io.out.write(Buffer.concat(outputs.flatMap(({ value }) => [value, NEWLINE])))
    }
  } finally {
    await session.stop()
  }
}

export async function show(plan: Plan, io: Io): Promise<void> {
  const screen = createScreen(io.out)
  const watch = createWatch()
  await screen.print(intro(plan.seed, io.out))
  const session = await startSession(plan, io)
  const begin_ms = io.clock.now()
  const speed = createSpeed()
  try {
    let invited = false
    for await (const outputs of session.play()) {
      for (const { caller, value } of outputs) {
        const found = readAttribution(value)
        if (found === undefined) continue
        for (const notice of watch.add(caller, found)) await screen.print(textOf(notice, io))
      }
      const now_ms = io.clock.now()
      if (!invited && (watch.total().events >= INVITE_AFTER_EVENTS || now_ms > begin_ms + 2000)) {
        invited = true
        await screen.print(`\n${invitation(session.metrics_url, io.out)}`)
      }
      await drawLiveLine(screen, watch, speed, now_ms, io)
    }
  } finally {
    await screen.close()
    await session.stop()
    const seconds = (io.clock.now() - begin_ms) / 1000
    await io.out.write(summary(watch.total(), seconds, watch.topOwners(), io.out))
  }
}

const INVITE_AFTER_EVENTS = 400

async function drawLiveLine(
  screen: Screen,
  watch: Watch,
  speed: Speed,
  now_ms: number,
  io: Io,
): Promise<void> {
  const { events } = watch.total()
  speed.mark(events, now_ms)
  await screen.live(() => liveLine(watch.recent(), events, speed.perSecond(), io.out), now_ms)
}

function textOf(notice: Notice, io: Io): string {
  switch (notice.type) {
    case 'example':
      return exampleLine(notice.caller, notice.found, io.out)
    case 'alert':
      return alertLines(notice.recent, ALERT_LINE, notice.gap, io.out)
    case 'recovery':
      return recoveryLine(notice.recent, ALERT_LINE, io.out)
    default:
      return notice satisfies never
  }
}

interface Speed {
  mark(events: number, now_ms: number): void
  perSecond(): number
}

/** Events a second over the last few seconds. */
const SPEED_MS = 3000

function createSpeed(): Speed {
  const marks: { readonly events: number; readonly at_ms: number }[] = []
  return {
    mark(events, at_ms) {
      const last = marks.at(-1)
      if (last !== undefined && at_ms - last.at_ms < SPEED_MS / 30) return
      marks.push({ events, at_ms })
      while (marks.length > 2 && at_ms - (marks[0]?.at_ms ?? 0) > SPEED_MS) marks.shift()
    },
    perSecond() {
      const [first, last] = [marks[0], marks.at(-1)]
      if (first === undefined || last === undefined || last.at_ms === first.at_ms) return 0
      return ((last.events - first.events) * 1000) / (last.at_ms - first.at_ms)
    },
  }
}
