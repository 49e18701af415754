package messages

import (
	"golang.org/x/text/language"

	"github.com/vetopw/veto/engine"
)

// french has no-break spaces in front of colons and semicolons.
var french = dictionary{
	tag: language.French, name: "Français", sentence: "Le mot de passe %s.",
	audit: "mais quand la politique sera appliquée\u00a0:",
	texts: []text{
		engine.TooShort: {
			message: "est trop court",
			one:     "est trop court\u00a0: il lui faut au moins %d caractère", number: "est trop court\u00a0: il lui faut au moins %d caractères",
			advice: "Quatre mots peu courants ou plus, mis bout à bout, sont longs et faciles à retenir.",
		},
		engine.TooLong: {
			message: "est trop long",
			one:     "est trop long\u00a0: il peut avoir au plus %d caractère", number: "est trop long\u00a0: il peut avoir au plus %d caractères",
			advice: "Retirez-en une partie.",
		},
		engine.NotEnoughClasses: {
			message: "ne mélange pas assez de types de caractères, ou contient le nom du compte ou le nom affiché",
			advice:  "Mélangez majuscules, minuscules, chiffres et symboles, et n’y mettez ni votre nom ni votre compte.",
		},
		engine.NotUTF8:          {message: "n’est pas un texte UTF-8 valide", advice: "Saisissez-le à nouveau, avec les caractères d’un clavier ordinaire."},
		engine.ControlCharacter: {message: "contient un caractère de contrôle", advice: "Retirez les caractères invisibles, comme les tabulations et les sauts de ligne."},
		engine.CharacterDenied:  {message: "contient un caractère qui n’est pas autorisé", advice: "Utilisez à la place d’autres lettres, chiffres ou symboles."},
		engine.BannedTerm: {
			message: "contient un mot interdit",
			advice:  "Prenez au moins quatre mots peu courants et sans rapport entre eux\u00a0; quelques mots courants se devinent ensemble, et mettre des chiffres ou des symboles à la place de lettres ne sert à rien.",
		},
		engine.BannedPassword: {message: "est un mot de passe courant", advice: "Choisissez-en un auquel personne d’autre ne penserait, par exemple au moins quatre mots peu courants."},
		engine.Breached: {
			message: "figure dans une fuite de données",
			one:     "figure au moins %d fois dans des fuites de données", number: "figure au moins %d fois dans des fuites de données",
			advice: "Les attaquants essaient d’abord ces mots de passe\u00a0: choisissez-en un autre, et remplacez celui-ci partout où vous l’utilisez.",
		},
		engine.SubjectTerm:     {message: "contient votre nom, votre compte, votre organisation ou autre chose qui vous concerne", advice: "N’y mettez ni nom, ni compte, ni adresse électronique, ni organisation, ni ce que l’on sait de vous, comme votre service ou votre ville, sous aucune forme."},
		engine.SimilarToOld:    {message: "ressemble trop à l’ancien mot de passe", advice: "Choisissez-en un nouveau au lieu de modifier l’ancien ou d’augmenter son numéro."},
		engine.Sequence:        {message: "contient une suite de lettres ou de chiffres", advice: "Retirez les suites comme abc ou 4321."},
		engine.KeyboardWalk:    {message: "contient un motif du clavier", advice: "Évitez les touches voisines sur le clavier."},
		engine.Repetition:      {message: "répète des caractères ou une partie de lui-même", advice: "Ajoutez quelque chose de nouveau au lieu de répéter."},
		engine.Date:            {message: "contient une date ou une année", advice: "Retirez dates et années\u00a0: c’est ce que les attaquants ajoutent en premier."},
		engine.LowScore:        {message: "est trop facile à deviner", advice: "Rallongez-le\u00a0: un mot peu courant de plus aide davantage qu’un chiffre ou un symbole de plus."},
		engine.PatternDenied:   {message: "correspond à un motif interdit", advice: "Construisez-le autrement\u00a0; votre support informatique connaît les règles."},
		engine.PatternRequired: {message: "ne correspond pas au motif exigé", advice: "Votre support informatique sait ce que votre organisation exige."},
		engine.Unavailable:     {message: "n’a pas pu être vérifié", advice: "Votre mot de passe n’est pas en cause\u00a0: réessayez dans quelques minutes."},
	},
	labels: [labelCount]string{
		LabelAudit: "essai", LabelWouldReject: "refuserait pour", LabelAuditOnly: "à l’essai seulement",
		LabelBase: "base", LabelSpelling: "écriture", LabelCase: "majuscules", LabelJoin: "jonction", LabelSum: "total", LabelRequired: "%s exigés",
		LabelSeparators: "séparateurs entre tous les caractères", LabelInFirst: "dans la première partie", LabelCharacters: "caractères",
		LabelTitle:        "Les mots de passe expliqués",
		LabelIntroduction: "Ce sur quoi repose chaque verdict. Les mots de passe sont des points, mais les longueurs et les positions les décrivent de près : réservé aux administrateurs. Les positions comptent les caractères à partir de 0 ; le second nombre est le premier caractère qui suit.",
		LabelPassword:     "Mot de passe %s", LabelAccepted: "accepté", LabelRefused: "refusé", LabelRefusedLater: "accepté, refusé une fois la stratégie appliquée",
		LabelUnder: "%s, stratégie %s", LabelReasons: "Raisons", LabelAt: "en %s", LabelList: "liste", LabelGuesses: "Essais", LabelPoints: "Points",
		LabelPointsUnasked: "Points, que la stratégie n’exige pas", LabelAdds: "Ce qu’ajoute chaque partie.", LabelMark: "Le repère est ce qu’exige la stratégie.",
		LabelOf: "%s sur %s exigés", LabelOutcome: "%s exigés : %s", LabelEnough: "suffisant", LabelTooFew: "insuffisant", LabelNothing: "rien d’exigé",
		LabelSpread: "%s de la première partie reviennent aux séparateurs entre tous les caractères",
	},
	kinds: []string{
		engine.KindChar: "caractère", engine.KindDigits: "chiffres", engine.KindTerm: "mot interdit", engine.KindPassword: "mot de passe", engine.KindSubject: "personne",
		engine.KindSequence: "suite", engine.KindWalk: "clavier", engine.KindRepeat: "répétition", engine.KindDate: "date", engine.KindBreached: "fuite",
	},
	readings: []string{
		engine.ReadSubstitution: "substitution", engine.ReadLookalike: "sosie", engine.ReadSeparator: "séparateur", engine.ReadDoubled: "doublé", engine.ReadReversed: "à l’envers", engine.ReadTyped: "autre clavier",
		engine.ReadExtra: "en trop", engine.ReadMissing: "manquant", engine.ReadChanged: "changé", engine.ReadSwapped: "inversés",
	},
	characters: text{one: "%d caractère", number: "%d caractères"}, points: text{one: "%d point", number: "%d points"},
}
