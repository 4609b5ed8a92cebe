// A file on its way up shows how far it is, and a page about work that goes on
// renews its numbers until that is done. Without this script the form posts as
// any other, and the page is loaded again.

const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`)
const time = (seconds) => (seconds < 90 ? `${Math.max(1, Math.round(seconds))} seconds` : `${Math.round(seconds / 60)} minutes`)

function upload(form, file) {
  const going = form.querySelector('[data-uploading]')
  const wrong = form.querySelector('[data-wrong]')
  const [now, rest, bar] = ['[data-now]', '[data-rest]', 'progress'].map((s) => going.querySelector(s))
  const button = form.querySelector('button:not([data-cancel])')
  const request = new XMLHttpRequest()
  const began = performance.now()
  const over = (sentence) => {
    going.hidden = true
    button.disabled = false
    wrong.textContent = sentence
    wrong.hidden = !sentence
  }
  request.upload.addEventListener('progress', (event) => {
    const rate = event.loaded / ((performance.now() - began) / 1000)
    bar.value = (100 * event.loaded) / event.total
    now.textContent = `Uploading ${file.name}: ${size(event.loaded)} of ${size(event.total)}.`
    rest.textContent = event.loaded < event.total ? `About ${time((event.total - event.loaded) / rate)} left.` : 'Being kept.'
  })
  request.addEventListener('load', () => {
    const answer = request.getResponseHeader('Content-Type')?.includes('json') ? JSON.parse(request.responseText) : {}
    if (answer.href) location.assign(answer.href)
    else over(answer.error ?? 'The file was not taken. Load the page again and upload it once more.')
  })
  request.addEventListener('error', () => over('The upload was cut off before the file was whole. Nothing of it was kept; upload it again.'))
  request.addEventListener('abort', () => over('You stopped the upload. Nothing of it was kept.'))
  form.querySelector('[data-cancel]').addEventListener('click', () => request.abort(), { once: true })
  going.hidden = false
  wrong.hidden = true
  button.disabled = true
  const sent = new FormData(form) // before anything is disabled that belongs to it
  request.open('POST', form.action)
  request.setRequestHeader('X-Upload', 'script')
  request.send(sent)
}

for (const form of document.querySelectorAll('form[data-upload]')) {
  form.addEventListener('submit', (event) => {
    const file = form.querySelector('input[type=file]').files[0]
    if (!file) return
    event.preventDefault()
    upload(form, file)
  })
}

async function follow(part) {
  for (;;) {
    await new Promise((done) => setTimeout(done, document.hidden ? 5000 : 1000))
    const answer = await fetch(part.dataset.live).catch(() => null)
    if (!answer) continue
    if (answer.status !== 200) return location.reload()
    const told = await answer.json()
    part.querySelector('progress').value = told.share
    part.querySelector('[data-rest]').textContent = told.rest
    const now = part.querySelector('[data-now]')
    if (now.textContent !== told.now) now.textContent = told.now
  }
}

for (const part of document.querySelectorAll('[data-live]')) follow(part)
