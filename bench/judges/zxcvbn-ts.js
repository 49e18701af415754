// Judges passwords by @zxcvbn-ts/core with the dictionaries of its README: one
// a line from standard input, and for each its score and the decimal logarithm
// of the guesses. Arguments are the user's words.
const { ZxcvbnFactory } = require('@zxcvbn-ts/core')
const common = require('@zxcvbn-ts/language-common')
const english = require('@zxcvbn-ts/language-en')

const terms = process.argv.slice(1)
const lines = require('fs').readFileSync(0, 'utf8').split('\n').slice(0, -1)
const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: english.translations,
})
const judge = ({ score, guessesLog10 }) => `${score} ${guessesLog10}\n`
process.stdout.write(lines.map((line) => judge(zxcvbn.check(line, terms))).join(''))
