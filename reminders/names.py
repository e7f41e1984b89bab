"""Names as they are looked for: "lucia" finds Lucía, on every database alike."""

import unicodedata

#: Letters that Unicode does not take apart, as a keyboard without them writes them.
#: ß and its like are casefold's. And the apostrophe that telephones write.
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "þ": "th",
        "’": "'",
    }
)


def folded(text: str) -> str:
    """The text without case and accents, its spaces single.

    Where marks are more than accents (Japanese, Indic scripts) some names become
    one: a search finds one too many there, and never one too few.
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    # Put together again: Korean syllables come apart, too.
    return " ".join(unicodedata.normalize("NFC", letters).translate(_PLAIN).split())
