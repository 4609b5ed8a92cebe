// A code scanned from the letter arrives in the fragment of the address, which
// no server sees. It moves into its field and leaves the address at once.
const field = document.getElementById('code')

function take () {
  const fragment = location.hash.slice(1)
  if (!field || !fragment || document.getElementById(fragment)) return
  history.replaceState(null, '', location.pathname)
  const code = fragment.replace(/[^0-9A-Za-z]/g, '').toUpperCase()
  if (code.length !== 16) return
  field.value = code.match(/.{4}/g).join(' ')
  const taken = document.getElementById('code-taken')
  taken.textContent = taken.dataset.taken
  document.getElementById('born-day').focus()
}

take()
addEventListener('hashchange', take)

// What only a script can do is shown only where scripts run.
for (const button of document.querySelectorAll('[data-print][hidden]')) button.hidden = false
