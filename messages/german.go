package messages

import (
	"golang.org/x/text/language"

	"github.com/vetopw/veto/engine"
)

var german = dictionary{
	tag: language.German, name: "Deutsch", sentence: "Das Passwort %s.",
	audit: "doch sobald die Richtlinie durchgesetzt wird:",
	texts: []text{
		engine.TooShort: {
			message: "ist zu kurz", one: "ist zu kurz: Es braucht mindestens %d Zeichen", number: "ist zu kurz: Es braucht mindestens %d Zeichen",
			advice: "Vier oder mehr seltene Wörter hintereinander sind lang und leicht zu merken.",
		},
		engine.TooLong: {
			message: "ist zu lang", one: "ist zu lang: Es darf höchstens %d Zeichen haben", number: "ist zu lang: Es darf höchstens %d Zeichen haben",
			advice: "Lassen Sie einen Teil weg.",
		},
		engine.NotEnoughClasses: {
			message: "mischt zu wenige Arten von Zeichen oder enthält den Konto- oder Anzeigenamen",
			advice:  "Mischen Sie Groß- und Kleinbuchstaben, Ziffern und Sonderzeichen, und lassen Sie Ihren Namen und Ihr Konto weg.",
		},
		engine.NotUTF8:          {message: "ist kein gültiger UTF-8-Text", advice: "Geben Sie es neu ein, mit den Zeichen einer gewöhnlichen Tastatur."},
		engine.ControlCharacter: {message: "enthält ein Steuerzeichen", advice: "Lassen Sie unsichtbare Zeichen weg, etwa Tabulatoren und Zeilenumbrüche."},
		engine.CharacterDenied:  {message: "enthält ein Zeichen, das nicht erlaubt ist", advice: "Verwenden Sie stattdessen andere Buchstaben, Ziffern oder Sonderzeichen."},
		engine.BannedTerm: {
			message: "enthält ein gesperrtes Wort",
			advice:  "Nehmen Sie vier oder mehr seltene Wörter, die nichts miteinander zu tun haben; wenige häufige werden zusammen erraten, und Ziffern oder Sonderzeichen an Stelle von Buchstaben helfen nicht.",
		},
		engine.BannedPassword: {message: "ist ein häufig benutztes Passwort", advice: "Wählen Sie eines, auf das sonst niemand kommt, etwa vier oder mehr seltene Wörter."},
		engine.Breached: {
			message: "ist bei einem Datenleck bekannt geworden",
			one:     "ist bei Datenlecks mindestens %d-mal aufgetaucht", number: "ist bei Datenlecks mindestens %d-mal aufgetaucht",
			advice: "Angreifer probieren solche Passwörter zuerst: Wählen Sie ein anderes, und ersetzen Sie dieses überall, wo Sie es benutzen.",
		},
		engine.SubjectTerm:     {message: "enthält Ihren Namen, Ihr Konto, Ihre Organisation oder anderes über Sie", advice: "Lassen Sie Namen, Konto, Mailadresse, Organisation und was man sonst von Ihnen weiß weg, etwa Abteilung oder Ort, in jeder Schreibweise."},
		engine.SimilarToOld:    {message: "ist dem alten Passwort zu ähnlich", advice: "Wählen Sie ein neues, statt das alte abzuwandeln oder hochzuzählen."},
		engine.Sequence:        {message: "enthält eine Folge von Buchstaben oder Ziffern", advice: "Lassen Sie Folgen wie abc oder 4321 weg."},
		engine.KeyboardWalk:    {message: "enthält ein Tastaturmuster", advice: "Vermeiden Sie Tasten, die auf der Tastatur nebeneinander liegen."},
		engine.Repetition:      {message: "wiederholt Zeichen oder einen Teil von sich", advice: "Fügen Sie etwas Neues hinzu, statt etwas zu wiederholen."},
		engine.Date:            {message: "enthält ein Datum oder eine Jahreszahl", advice: "Lassen Sie Datum und Jahreszahl weg: Angreifer hängen sie als Erstes an."},
		engine.LowScore:        {message: "ist zu leicht zu erraten", advice: "Machen Sie es länger: Ein weiteres seltenes Wort hilft mehr als noch eine Ziffer oder ein Sonderzeichen."},
		engine.PatternDenied:   {message: "entspricht einem Muster, das nicht erlaubt ist", advice: "Bauen Sie es anders auf; die Regeln kennt Ihr Helpdesk."},
		engine.PatternRequired: {message: "entspricht nicht dem verlangten Muster", advice: "Was Ihre Organisation verlangt, weiß Ihr Helpdesk."},
		engine.Unavailable:     {message: "konnte nicht geprüft werden", advice: "Das liegt nicht an Ihrem Passwort: Versuchen Sie es in ein paar Minuten noch einmal."},
	},
	labels: [labelCount]string{
		LabelAudit: "Probe", LabelWouldReject: "würde ablehnen wegen", LabelAuditOnly: "nur zur Probe",
		LabelBase: "Grundwert", LabelSpelling: "Schreibweise", LabelCase: "Großschreibung", LabelJoin: "Anschluss", LabelSum: "Summe", LabelRequired: "%s verlangt",
		LabelSeparators: "Trennzeichen zwischen allen Zeichen", LabelInFirst: "im ersten Teil", LabelCharacters: "Zeichen",
		LabelTitle:        "Passwörter erklärt",
		LabelIntroduction: "Worauf jedes Urteil beruht. Passwörter sind Punkte, doch Längen und Stellen beschreiben sie genau: nur für Administratoren. Stellen zählen Zeichen ab 0; die zweite Zahl ist das erste Zeichen dahinter.",
		LabelPassword:     "Passwort %s", LabelAccepted: "angenommen", LabelRefused: "abgelehnt", LabelRefusedLater: "angenommen, abgelehnt sobald durchgesetzt",
		LabelUnder: "%s, Richtlinie %s", LabelReasons: "Gründe", LabelAt: "bei %s", LabelList: "Liste", LabelGuesses: "Rateversuche", LabelPoints: "Punkte",
		LabelPointsUnasked: "Punkte, die die Richtlinie nicht verlangt", LabelAdds: "Was jeder Teil beiträgt.", LabelMark: "Die Marke ist, was die Richtlinie verlangt.",
		LabelOf: "%s von verlangten %s", LabelOutcome: "%s verlangt: %s", LabelEnough: "genug", LabelTooFew: "zu wenig", LabelNothing: "nichts verlangt",
		LabelSpread: "%s des ersten Teils stehen für Trennzeichen zwischen allen Zeichen",
	},
	kinds: []string{
		engine.KindChar: "Zeichen", engine.KindDigits: "Ziffern", engine.KindTerm: "Wort", engine.KindPassword: "Passwort", engine.KindSubject: "Person",
		engine.KindSequence: "Folge", engine.KindWalk: "Tastaturmuster", engine.KindRepeat: "Wiederholung", engine.KindDate: "Datum", engine.KindBreached: "Datenleck",
	},
	readings: []string{
		engine.ReadSubstitution: "Ersatzzeichen", engine.ReadLookalike: "ähnliches Zeichen", engine.ReadSeparator: "Trennzeichen", engine.ReadDoubled: "doppelt", engine.ReadReversed: "rückwärts", engine.ReadTyped: "auf anderer Tastatur",
		engine.ReadExtra: "zu viel", engine.ReadMissing: "fehlt", engine.ReadChanged: "geändert", engine.ReadSwapped: "vertauscht",
	},
	characters: text{number: "%d Zeichen"}, points: text{one: "%d Punkt", number: "%d Punkte"},
}
