"""The few words that renderers add to a question: how to answer it where there is nothing to press."""

from __future__ import annotations

from collections.abc import Mapping

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "several": "Reply with one or more numbers, for example 1, 3",
        "one": "Reply with a number",
        "scale": "Reply with a number from {low} to {high}.",
        "menu": "Choose an answer",
        "start": "Start",
        "not_now": "Not now",
        "send": "Send",
        "press": "For {label}, press {keys}.",
        "press_scale": "Press {low} to {high} on your keypad, or say the number.",
        "hash": "Then press the hash key.",
    },
    "de": {
        "several": "Antworten Sie mit einer oder mehreren Zahlen, zum Beispiel 1, 3",
        "one": "Antworten Sie mit einer Zahl",
        "scale": "Antworten Sie mit einer Zahl von {low} bis {high}.",
        "menu": "Antwort wählen",
        "start": "Los geht's",
        "not_now": "Nicht jetzt",
        "send": "Senden",
        "press": "Für {label} drücken Sie die {keys}.",
        "press_scale": "Drücken Sie {low} bis {high} auf Ihrem Telefon, oder sagen Sie die Zahl.",
        "hash": "Danach drücken Sie die Rautetaste.",
    },
    "fr": {
        "several": "Répondez par un ou plusieurs numéros, par exemple 1, 3",
        "one": "Répondez par un numéro",
        "scale": "Répondez par un nombre de {low} à {high}.",
        "menu": "Choisir une réponse",
        "start": "Commencer",
        "not_now": "Plus tard",
        "send": "Envoyer",
        "press": "Pour {label}, tapez {keys}.",
        "press_scale": "Tapez de {low} à {high} sur votre clavier, ou dites le chiffre.",
        "hash": "Puis tapez dièse.",
    },
    "es": {
        "several": "Responda con uno o varios números, por ejemplo 1, 3",
        "one": "Responda con un número",
        "scale": "Responda con un número de {low} a {high}.",
        "menu": "Elegir respuesta",
        "start": "Empezar",
        "not_now": "Ahora no",
        "send": "Enviar",
        "press": "Para {label}, pulse {keys}.",
        "press_scale": "Pulse de {low} a {high} en el teclado, o diga el número.",
        "hash": "Después pulse almohadilla.",
    },
    "it": {
        "several": "Risponda con uno o più numeri, per esempio 1, 3",
        "one": "Risponda con un numero",
        "scale": "Risponda con un numero da {low} a {high}.",
        "menu": "Scelga una risposta",
        "send": "Invia",
        "start": "Inizia",
        "not_now": "Non ora",
        "press": "Per {label}, prema {keys}.",
        "press_scale": "Prema da {low} a {high} sulla tastiera, o dica il numero.",
        "hash": "Poi prema cancelletto.",
    },
    "nl": {
        "several": "Antwoord met een of meer nummers, bijvoorbeeld 1, 3",
        "one": "Antwoord met een nummer",
        "scale": "Antwoord met een getal van {low} tot en met {high}.",
        "menu": "Kies een antwoord",
        "send": "Versturen",
        "start": "Beginnen",
        "not_now": "Niet nu",
        "press": "Voor {label}, toets {keys}.",
        "press_scale": "Toets {low} tot {high} op uw telefoon, of zeg het getal.",
        "hash": "Toets daarna een hekje.",
    },
    "pt": {
        "several": "Responda com um ou mais números, por exemplo 1, 3",
        "one": "Responda com um número",
        "scale": "Responda com um número de {low} a {high}.",
        "menu": "Escolher resposta",
        "send": "Enviar",
        "start": "Começar",
        "not_now": "Agora não",
        "press": "Para {label}, digite {keys}.",
        "press_scale": "Digite de {low} a {high} no teclado, ou diga o número.",
        "hash": "Depois digite a tecla cardinal.",
    },
    "pl": {
        "several": "Odpowiedz jednym lub kilkoma numerami, na przykład 1, 3",
        "one": "Odpowiedz numerem",
        "scale": "Odpowiedz liczbą od {low} do {high}.",
        "menu": "Wybierz odpowiedź",
        "send": "Wyślij",
        "start": "Zaczynamy",
        "not_now": "Nie teraz",
        "press": "{label}: naciśnij {keys}.",
        "press_scale": "Naciśnij od {low} do {high} na klawiaturze albo powiedz liczbę.",
        "hash": "Potem naciśnij krzyżyk.",
    },
}


def phrase(language: str, key: str, **values: object) -> str:
    """The words for `key` in `language` (English when we don't have it). Errors: KeyError for an unknown key."""
    return _PHRASES.get(language, _PHRASES["en"])[key].format(**values)
