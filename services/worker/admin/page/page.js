/**
 * Keeps the page live: opens the event stream and puts changed sections in place. A section is not replaced but brought up
 * to date node by node, so focus, selection, scroll and open details stay where they are. While the page is hidden or
 * paused there is no connection; afterwards it asks for what changed since its last event.
 */
const RETRY_MS = 5_000
/** The live region speaks at most this often. */
const ANNOUNCE_MS = 10_000

const connection = document.getElementById('connection')
const pause = document.getElementById('pause')
const announcement = document.getElementById('announcement')
const stamp = document.getElementById('as-of')

let after = document.body.dataset.after ?? ''
let is_paused = false
let source
let retry
let headline = document.querySelector('h1')?.textContent.trim() ?? ''
let announced_at = 0

document.documentElement.dataset.script = 'on'

const STATES = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
}

function show(state) {
  if (connection.dataset.state === state) return
  connection.dataset.state = state
  connection.textContent = STATES[state]
}

function open() {
  close()
  if (is_paused || document.hidden) return
  source = new EventSource(`events?after=${encodeURIComponent(after)}`)
  source.addEventListener('open', () => show('live'))
  source.addEventListener('message', take)
  source.addEventListener('error', () => {
    show('reconnecting')
    // The browser tries again by itself, unless the server answered something else than a stream.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS)
  })
}

function close() {
  clearTimeout(retry)
  source?.close()
  source = undefined
}

function take({ data, lastEventId }) {
  after = lastEventId
  const news = JSON.parse(data)
  document.title = news.title
  document.querySelector('link[rel=icon]').setAttribute('href', news.icon)
  stamp.setAttribute('datetime', news.at)
  stamp.textContent = news.at.slice(11, 19)
  for (const [id, markup] of Object.entries(news.sections)) {
    const old = document.querySelector(`[data-section="${CSS.escape(id)}"]`)
    const template = document.createElement('template')
    template.innerHTML = markup
    const fresh = template.content.firstElementChild
    if (old !== null && fresh !== null) keepingFocus(() => update(old, fresh))
  }
  if (news.headline !== headline) {
    headline = news.headline
    announce(news.announcement)
  }
}

let waiting
function announce(text) {
  clearTimeout(waiting)
  const wait = Math.max(0, announced_at + ANNOUNCE_MS - Date.now())
  waiting = setTimeout(() => {
    announced_at = Date.now()
    announcement.textContent = text
  }, wait)
}

function keepingFocus(change) {
  const focused = document.activeElement
  change()
  if (focused !== null && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true })
}

/** Makes `old` like `fresh`, keeping every node that can be kept. */
function update(old, fresh) {
  updateAttributes(old, fresh)
  const keyed = new Map()
  for (const child of old.children) if (child.dataset.key) keyed.set(child.dataset.key, child)
  let at = old.firstChild
  for (const child of [...fresh.childNodes]) {
    const key = keyOf(child)
    const known = key === undefined ? at : keyed.get(key)
    if (known && isAlike(known, child)) {
      if (known === at) at = at.nextSibling
      else old.insertBefore(known, at)
      if (known.nodeType === Node.ELEMENT_NODE) update(known, child)
      else if (known.data !== child.data) known.data = child.data
    } else old.insertBefore(child, at)
  }
  while (at !== null) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

function updateAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !isOurs(old, name)) old.removeAttribute(name)
}

/** What the reader opened stays open. */
function isOurs({ localName }, name) {
  return localName === 'details' && name === 'open'
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined
}

function isAlike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b)
}

async function copy(button) {
  const code = document.getElementById(button.dataset.copy)
  const selection = getSelection()
  selection.selectAllChildren(code)
  try {
    await navigator.clipboard.writeText(code.textContent)
    announcement.textContent = 'Copied.'
  } catch {
    // Without a secure origin there is no clipboard; what is selected can be copied by hand.
    announcement.textContent = 'Selected. Copy it with your keyboard.'
  }
}

pause.addEventListener('click', () => {
  is_paused = !is_paused
  pause.textContent = is_paused ? 'Resume' : 'Pause'
  if (is_paused) {
    close()
    show('paused')
  } else {
    show('connecting')
    open()
  }
})
document.addEventListener('visibilitychange', open)
document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('[data-copy]') : null
  if (button !== null) void copy(button)
})
open()
