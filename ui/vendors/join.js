// The code of an invitation arrives in the fragment of the address, which no
// server sees. It moves into its field and leaves the address at once.
const field = document.getElementById('code')
const fragment = location.hash.slice(1)
if (field && /^dnj_[\w-]{20,60}$/.test(fragment)) {
  history.replaceState(null, '', location.pathname)
  field.value = fragment
  document.getElementById('password').focus()
}
