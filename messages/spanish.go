package messages

import (
	"golang.org/x/text/language"

	"github.com/vetopw/veto/engine"
)

var spanish = dictionary{
	tag: language.Spanish, name: "Español", sentence: "La contraseña %s.",
	audit: "pero cuando se aplique la directiva:",
	texts: []text{
		engine.TooShort: {
			message: "es demasiado corta",
			one:     "es demasiado corta: necesita al menos %d carácter", number: "es demasiado corta: necesita al menos %d caracteres",
			advice: "Cuatro o más palabras poco comunes seguidas son largas y fáciles de recordar.",
		},
		engine.TooLong: {
			message: "es demasiado larga",
			one:     "es demasiado larga: puede tener como máximo %d carácter", number: "es demasiado larga: puede tener como máximo %d caracteres",
			advice: "Quite una parte.",
		},
		engine.NotEnoughClasses: {
			message: "no mezcla suficientes tipos de caracteres, o contiene el nombre de la cuenta o el nombre para mostrar",
			advice:  "Mezcle mayúsculas, minúsculas, cifras y símbolos, y no incluya su nombre ni su cuenta.",
		},
		engine.NotUTF8:          {message: "no es texto UTF-8 válido", advice: "Escríbala de nuevo con los caracteres de un teclado corriente."},
		engine.ControlCharacter: {message: "contiene un carácter de control", advice: "Quite los caracteres invisibles, como tabuladores y saltos de línea."},
		engine.CharacterDenied:  {message: "contiene un carácter que no está permitido", advice: "Use en su lugar otras letras, cifras o símbolos."},
		engine.BannedTerm: {
			message: "contiene una palabra prohibida",
			advice:  "Use cuatro o más palabras poco comunes y sin relación entre sí; unas pocas comunes se adivinan juntas, y poner cifras o símbolos en lugar de letras no ayuda.",
		},
		engine.BannedPassword: {message: "es una contraseña muy común", advice: "Elija una que no se le ocurra a nadie más, por ejemplo cuatro o más palabras poco comunes."},
		engine.Breached: {
			message: "ha aparecido en una filtración de datos",
			one:     "ha aparecido al menos %d vez en filtraciones de datos", number: "ha aparecido al menos %d veces en filtraciones de datos",
			advice: "Los atacantes prueban primero estas contraseñas: elija otra y cambie esta dondequiera que la use.",
		},
		engine.SubjectTerm:     {message: "contiene su nombre, su cuenta, su organización u otro dato sobre usted", advice: "No incluya su nombre, cuenta, correo, organización ni otros datos sobre usted, como el departamento o la ciudad, de ninguna forma."},
		engine.SimilarToOld:    {message: "se parece demasiado a la contraseña anterior", advice: "Elija una nueva en vez de modificar la anterior o aumentar su número."},
		engine.Sequence:        {message: "contiene una serie de letras o cifras", advice: "Quite series como abc o 4321."},
		engine.KeyboardWalk:    {message: "contiene un patrón del teclado", advice: "Evite las teclas que están juntas en el teclado."},
		engine.Repetition:      {message: "repite caracteres o una parte de sí misma", advice: "Añada algo nuevo en vez de repetir."},
		engine.Date:            {message: "contiene una fecha o un año", advice: "Quite fechas y años: es lo primero que añaden los atacantes."},
		engine.LowScore:        {message: "es demasiado fácil de adivinar", advice: "Hágala más larga: una palabra más, poco común, ayuda más que otra cifra u otro símbolo."},
		engine.PatternDenied:   {message: "coincide con un patrón que no está permitido", advice: "Constrúyala de otra manera; su servicio de asistencia conoce las reglas."},
		engine.PatternRequired: {message: "no coincide con el patrón exigido", advice: "Su servicio de asistencia sabe qué exige su organización."},
		engine.Unavailable:     {message: "no se pudo comprobar", advice: "No se debe a su contraseña: inténtelo de nuevo en unos minutos."},
	},
	labels: [labelCount]string{
		LabelAudit: "prueba", LabelWouldReject: "rechazaría por", LabelAuditOnly: "solo a prueba",
		LabelBase: "base", LabelSpelling: "escritura", LabelCase: "mayúsculas", LabelJoin: "unión", LabelSum: "suma", LabelRequired: "se exigen %s",
		LabelSeparators: "separadores entre todos los caracteres", LabelInFirst: "en la primera parte", LabelCharacters: "caracteres",
		LabelTitle:        "Contraseñas explicadas",
		LabelIntroduction: "En qué se basa cada veredicto. Las contraseñas son puntos, pero las longitudes y posiciones las describen de cerca: solo para administradores. Las posiciones cuentan caracteres desde 0; el segundo número es el primer carácter que sigue.",
		LabelPassword:     "Contraseña %s", LabelAccepted: "aceptada", LabelRefused: "rechazada", LabelRefusedLater: "aceptada, rechazada cuando se aplique la directiva",
		LabelUnder: "%s, directiva %s", LabelReasons: "Motivos", LabelAt: "en %s", LabelList: "lista", LabelGuesses: "Intentos", LabelPoints: "Puntos",
		LabelPointsUnasked: "Puntos, que la directiva no exige", LabelAdds: "Lo que añade cada parte.", LabelMark: "La marca es lo que exige la directiva.",
		LabelOf: "%s de %s exigidos", LabelOutcome: "se exigen %s: %s", LabelEnough: "suficiente", LabelTooFew: "insuficiente", LabelNothing: "no se exige nada",
		LabelSpread: "%s de la primera parte son por los separadores entre todos los caracteres",
	},
	kinds: []string{
		engine.KindChar: "carácter", engine.KindDigits: "dígitos", engine.KindTerm: "palabra", engine.KindPassword: "contraseña", engine.KindSubject: "persona",
		engine.KindSequence: "secuencia", engine.KindWalk: "teclado", engine.KindRepeat: "repetición", engine.KindDate: "fecha", engine.KindBreached: "filtración",
	},
	readings: []string{
		engine.ReadSubstitution: "sustitución", engine.ReadLookalike: "parecido", engine.ReadSeparator: "separador", engine.ReadDoubled: "doblado", engine.ReadReversed: "al revés", engine.ReadTyped: "otro teclado",
		engine.ReadExtra: "de más", engine.ReadMissing: "falta", engine.ReadChanged: "cambiado", engine.ReadSwapped: "intercambiados",
	},
	characters: text{one: "%d carácter", number: "%d caracteres"}, points: text{one: "%d punto", number: "%d puntos"},
}
