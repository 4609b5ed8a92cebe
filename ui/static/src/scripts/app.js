// Starts the components of the design system that a page uses, and again in
// whatever part htmx has renewed. Every page works before and without it.
import { initAll } from './nhsuk.js'
import './imports.js'

initAll()
document.addEventListener('htmx:after:swap', (event) => initAll({ scope: event.detail?.ctx?.target ?? document }))

// A sheet asks for itself to be printed by a button instead of an inline handler.
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) window.print()
})
