// The words of the page; those about the password come from Veto.
export const texts = {
  en: {
    title: "New password", label: "Choose a password", language: "Language", show: "Show", hide: "Hide", set: "Set password",
    sentence: "The password {}.", good: "This password is fine.", done: "Your password has been set.",
    unavailable: "The password could not be checked, so it was not set. It is not your fault: try again in a few minutes.",
  },
  de: {
    title: "Neues Passwort", label: "Wählen Sie ein Passwort", language: "Sprache", show: "Anzeigen", hide: "Verbergen", set: "Passwort setzen",
    sentence: "Das Passwort {}.", good: "Dieses Passwort ist gut.", done: "Ihr Passwort ist gesetzt.",
    unavailable: "Das Passwort konnte nicht geprüft werden und wurde nicht gesetzt. Das liegt nicht an Ihnen: Versuchen Sie es in ein paar Minuten noch einmal.",
  },
  fr: {
    title: "Nouveau mot de passe", label: "Choisissez un mot de passe", language: "Langue", show: "Afficher", hide: "Masquer", set: "Enregistrer le mot de passe",
    sentence: "Le mot de passe {}.", good: "Ce mot de passe convient.", done: "Votre mot de passe est enregistré.",
    unavailable: "Le mot de passe n’a pas pu être vérifié et n’a pas été enregistré. Vous n’y êtes pour rien : réessayez dans quelques minutes.",
  },
  es: {
    title: "Nueva contraseña", label: "Elija una contraseña", language: "Idioma", show: "Mostrar", hide: "Ocultar", set: "Guardar la contraseña",
    sentence: "La contraseña {}.", good: "Esta contraseña es válida.", done: "Su contraseña se ha guardado.",
    unavailable: "No se ha podido comprobar la contraseña y no se ha guardado. No es culpa suya: inténtelo de nuevo en unos minutos.",
  },
  ja: {
    title: "新しいパスワード", label: "パスワードを入力してください", language: "言語", show: "表示", hide: "非表示", set: "パスワードを設定",
    sentence: "パスワードは{}。", good: "このパスワードは使用できます。", done: "パスワードを設定しました。",
    unavailable: "パスワードを確認できなかったため、設定していません。数分後にもう一度お試しください。",
  },
};
