// Judges passwords by zxcvbn: one a line from standard input, and for each its
// score and the decimal logarithm of the guesses. Arguments are the user's words.
const zxcvbn = require('zxcvbn')

const terms = process.argv.slice(1)
const lines = require('fs').readFileSync(0, 'utf8').split('\n').slice(0, -1)
const judge = ({ score, guesses_log10 }) => `${score} ${guesses_log10}\n`
process.stdout.write(lines.map((line) => judge(zxcvbn(line, terms))).join(''))
