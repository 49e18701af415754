// Asks a server at URL with the unmodified clients that are installed in FOLDER:
//
//   node clients.mjs FOLDER URL PASSWORD...
//
// It prints, as JSON, for each password how often each client says it was seen.
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, baseUrl, ...passwords] = process.argv.slice(2)
const require = createRequire(join(resolve(folder), 'package.json'))
const { pwnedPassword, pwnedPasswordRange } = await import(pathToFileURL(require.resolve('hibp')))
const { zxcvbnAsync, zxcvbnOptions } = require('@zxcvbn-ts/core')
const { matcherPwnedFactory } = require('@zxcvbn-ts/matcher-pwned')

const failed = []
zxcvbnOptions.addMatcher('pwned', matcherPwnedFactory(fetch, zxcvbnOptions, {
  url: `${baseUrl}/range/`,
  networkErrorHandler: (error) => {
    failed.push(String(error.status ?? error))
    return false
  },
}))

// hibp leaves NT hashes to its caller.
const ntlm = JSON.parse(process.env.NT_HASHES)
const results = []
for (const password of passwords) {
  const hash = ntlm[password]
  const byHash = await pwnedPasswordRange(hash.slice(0, 5), { baseUrl, mode: 'ntlm' })
  const padded = await pwnedPasswordRange(hash.slice(0, 5).toLowerCase(), { baseUrl, mode: 'ntlm', addPadding: true })
  const match = (await zxcvbnAsync(password)).sequence.find((m) => m.pattern === 'pwned')
  results.push({
    plain: await pwnedPassword(password, { baseUrl }),
    padded: await pwnedPassword(password, { baseUrl, addPadding: true }),
    ntlm: byHash[hash.slice(5)] ?? 0,
    ntlmPadded: padded[hash.slice(5)] ?? 0,
    paddedRows: Object.keys(padded).length,
    zxcvbn: match?.pwnedAmount ?? 0,
  })
}
let refused = ''
await pwnedPasswordRange('xyz', { baseUrl }).catch((error) => { refused = error.message })
console.log(JSON.stringify({ results, failed, refused }))
