package main

// everydayRank is the rank in the million list that a word of everyday counts
// like: "welcome" is entry 144 there, "october" 658, and what English speakers
// do with them others do with theirs.
const everydayRank = 1000

// everyday holds words that people choose because the moment suggests them, in
// common languages: months, weekdays and seasons, since passwords are changed by
// the calendar, and what a form that asks for a password brings to mind.
var everyday = []string{
	"january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter",
	"januar februar märz april juni juli august september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag frühling frühjahr sommer herbst winter",
	"janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche printemps automne hiver",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo primavera verano otoño invierno",
	"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre lunedì martedì mercoledì giovedì venerdì sabato domenica primavera estate autunno inverno",
	"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro segunda terça quarta quinta sexta sábado domingo primavera verão outono inverno",
	"styczeń luty marzec kwiecień czerwiec lipiec sierpień wrzesień październik listopad grudzień poniedziałek wtorek środa czwartek piątek sobota niedziela wiosna lato jesień zima",
	"januari februari maart april juni juli augustus september oktober november december maandag dinsdag woensdag donderdag vrijdag zaterdag zondag lente zomer herfst winter",

	"password secret welcome access login changeme administrator temporary guest company office",
	"passwort kennwort geheim willkommen zugang anmeldung ändermich administrator vorläufig gast firma büro",
	"motdepasse secret bienvenue accès connexion changezmoi administrateur provisoire invité entreprise bureau",
	"contraseña clave secreto bienvenido acceso entrar cámbiame administrador temporal invitado empresa oficina",
	"password segreto benvenuto accesso entrare cambiami amministratore provvisorio ospite azienda ufficio",
	"senha segredo bemvindo acesso entrar mudeme administrador temporário convidado empresa escritório",
	"hasło tajne witamy dostęp logowanie zmieńmnie administrator tymczasowe gość firma biuro",
	"wachtwoord geheim welkom toegang inloggen wijzigmij beheerder tijdelijk gast bedrijf kantoor",
}
