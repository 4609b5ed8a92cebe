// Builds the pages' assets into the folder named as the first argument:
//   node build.mjs built
// One folder is one version: files refer to each other by relative names, and
// the server puts a checksum of the whole folder into their address.
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import rtlcss from 'rtlcss'
import { compile } from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] ?? join(here, 'built')
const nhsuk = join(here, 'node_modules/nhsuk-frontend/dist/nhsuk')

const filesUnder = (folder) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))

// The same sum as sources.go makes: a build is used only with its own sources.
function sumOfSources() {
  const paths = ['build.mjs', 'package-lock.json', 'package.json', ...filesUnder(join(here, 'src')).map((p) => relative(here, p))]
  const lines = paths.map((p) => p.split('\\').join('/')).sort().map((p) => `${p} ${createHash('sha256').update(readFileSync(join(here, p))).digest('hex')}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

function put(name, content) {
  const path = join(out, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

function putCompressed(name, content) {
  const bytes = Buffer.from(content)
  put(name, bytes)
  put(`${name}.gz`, gzipSync(bytes, { level: 9 }))
  put(`${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}

const { css } = compile(join(here, 'src/styles/app.scss'), {
  loadPaths: [join(here, 'node_modules')],
  style: 'compressed',
  quietDeps: true
})
const elsewhere = css.match(/url\(["']?(https?:)?\/\/[^)]*\)/)
if (elsewhere) throw new Error(`the style sheet asks another host: ${elsewhere[0]}`)
putCompressed('app.css', css)
putCompressed('app-rtl.css', rtlcss.process(css)) // for languages written from right to left

const withoutMap = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
putCompressed('nhsuk.js', withoutMap(readFileSync(join(nhsuk, 'nhsuk-frontend.min.js'), 'utf8')))
putCompressed('htmx.js', withoutMap(readFileSync(join(here, 'node_modules/htmx.org/dist/htmx.min.js'), 'utf8')))
for (const script of filesUnder(join(here, 'src/scripts'))) {
  putCompressed(relative(join(here, 'src/scripts'), script), readFileSync(script))
}

// Only the icons that the style sheet names, and our own mark.
for (const icon of new Set([...css.matchAll(/url\(["']?images\/([^)"']+)/g)].map((m) => m[1]))) {
  mkdirSync(join(out, 'images'), { recursive: true })
  copyFileSync(join(nhsuk, 'assets/images', icon), join(out, 'images', icon))
}
for (const image of filesUnder(join(here, 'src/images'))) {
  put(join('images', relative(join(here, 'src/images'), image)), readFileSync(image))
}
put('sources.sum', sumOfSources())
