package messages

import (
	"golang.org/x/text/language"

	"github.com/vetopw/veto/engine"
)

// english has no messages without a number: those are engine.Reason.Message.
var english = dictionary{
	tag: language.English, name: "English", sentence: "The password %s.",
	audit: "but when the policy is enforced:",
	texts: []text{
		engine.TooShort: {
			one: "is too short: it needs at least %d character", number: "is too short: it needs at least %d characters",
			advice: "Four or more uncommon words in a row are long and easy to remember.",
		},
		engine.TooLong: {
			one: "is too long: it may have at most %d character", number: "is too long: it may have at most %d characters",
			advice: "Leave out a part of it.",
		},
		engine.NotEnoughClasses: {advice: "Mix capital and small letters, digits and symbols, and leave out your name and account."},
		engine.NotUTF8:          {advice: "Type it again, with the characters of an ordinary keyboard."},
		engine.ControlCharacter: {advice: "Leave out characters that cannot be seen, such as tabs and line breaks."},
		engine.CharacterDenied:  {advice: "Use other letters, digits or symbols instead."},
		engine.BannedTerm:       {advice: "Use four or more uncommon words that have nothing to do with each other; a few common ones are guessed together, and putting digits or symbols for letters does not help."},
		engine.BannedPassword:   {advice: "Choose one that nobody else would think of, such as four or more uncommon words."},
		engine.Breached: {
			one: "has appeared in a data breach, at least %d time", number: "has appeared in a data breach, at least %d times",
			advice: "Attackers try such passwords first: choose another one, and replace this one wherever you use it.",
		},
		engine.SubjectTerm:     {advice: "Leave out your name, account, mail address, organization and what else is known of you, such as your department or city, in any spelling."},
		engine.SimilarToOld:    {advice: "Choose a new one instead of changing the old one or counting it up."},
		engine.Sequence:        {advice: "Leave out rows such as abc or 4321."},
		engine.KeyboardWalk:    {advice: "Avoid keys that lie next to each other on the keyboard."},
		engine.Repetition:      {advice: "Add something new instead of repeating."},
		engine.Date:            {advice: "Leave out dates and years: attackers add them first."},
		engine.LowScore:        {advice: "Make it longer: one more uncommon word helps more than another digit or symbol."},
		engine.PatternDenied:   {advice: "Build it differently; your help desk knows the rules."},
		engine.PatternRequired: {advice: "Your help desk knows what your organization requires."},
		engine.Unavailable:     {advice: "Your password is not the cause: try again in a few minutes."},
	},
	labels: [labelCount]string{
		LabelAudit: "audit", LabelWouldReject: "would reject", LabelAuditOnly: "audit only",
		LabelBase: "base", LabelSpelling: "spelling", LabelCase: "case", LabelJoin: "join", LabelSum: "sum", LabelRequired: "%s required",
		LabelSeparators: "separators between all characters", LabelInFirst: "in the first part", LabelCharacters: "characters",
		LabelTitle:        "Passwords explained",
		LabelIntroduction: "What each verdict rests on. Passwords are dots, but lengths and places describe them closely: for administrators only. Places count characters from 0; the second number is the first character behind.",
		LabelPassword:     "Password %s", LabelAccepted: "accepted", LabelRefused: "refused", LabelRefusedLater: "accepted, refused once enforced",
		LabelUnder: "%s under policy %s", LabelReasons: "Reasons", LabelAt: "at %s", LabelList: "list", LabelGuesses: "Guesses", LabelPoints: "Points",
		LabelPointsUnasked: "Points, which the policy does not ask for", LabelAdds: "What each part adds.", LabelMark: "The mark is what the policy asks for.",
		LabelOf: "%s of %s required", LabelOutcome: "%s required: %s", LabelEnough: "enough", LabelTooFew: "too few", LabelNothing: "nothing required",
		LabelSpread: "%s of the first part is for separators between all characters",
	},
	characters: text{one: "%d character", number: "%d characters"}, points: text{one: "%d point", number: "%d points"},
}
