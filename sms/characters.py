"""What Korean operators carry in a text message: EUC-KR, at most two bytes per character.

Everything else arrives as "?" or stops the message. Each character is tested by itself, because
Python writes rare syllables such as 똠 as four filler pairs of eight bytes that no phone shows.
"""

from __future__ import annotations

import re
import unicodedata

from foundation.errors import InvalidRequest

# A character of KS X 1001 takes two bytes; more means that Python had to spell it out.
CHARACTER_BYTES_MAX = 2
# A message that names more offenders than this is no longer read.
NAMED_MAX = 10

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b"
_DOTS = "\u2022\u2027\u2219\u22c5\u30fb\uff65"
_DOUBLE_QUOTES = "\u00ab\u00bb\u201e\u201f\u2033\u301d\u301e\u301f"
_SINGLE_QUOTES = "\u2039\u203a\u201a\u201b\u02bc"
# Curly quotes and the ellipsis are carried and stay. The Hangul filler is carried and invisible:
# a name made of it would look empty.
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_DOTS, "\u00b7"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        "\u301c": "~",
        "\u20a9": "\uffe6",
        "\u3164": " ",
        "\t": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        # Three characters that EUC-KR has only in the form that composition replaces.
        "\u00c5": "\u212b",
        "\u90ce": "\uf92c",
        "\u96b8": "\uf9b8",
    }
)
# Control characters, invisible marks of direction and joining, and accents left over.
_REMOVED = frozenset({"Cc", "Cf", "Mn"})
# A link in a text that should have none is how phishing looks, whoever typed it.
_LINK = re.compile(
    r"://|\bwww\.|\w\.[a-z]{2,}/|\w\.(com|net|org|kr|info|biz|io|me|ly|cc|xyz|shop|site|app|top|link|page)\b",
    re.IGNORECASE,
)


def is_carried(character: str) -> bool:
    """Whether operators carry this one character; of the control characters, only the newline."""
    if unicodedata.category(character) == "Cc":
        return character == "\n"
    try:
        return len(character.encode("euc_kr")) <= CHARACTER_BYTES_MAX
    except UnicodeEncodeError:
        return False


def uncarried(text: str) -> list[str]:
    """Return the characters that operators do not carry, each once, in order of appearance."""
    return [character for character in dict.fromkeys(text) if not is_carried(character)]


def carried(text: str) -> str:
    """Replace known look-alikes and remove what is invisible; the rest stays as it is."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    visible = "".join(c for c in composed.translate(_LOOK_ALIKES) if c == "\n" or not _removed(c))
    # Removing something invisible may bring together what belongs together.
    together = unicodedata.normalize("NFC", visible).translate(_LOOK_ALIKES)
    return "".join(map(_plain, together))


def byte_count(text: str) -> int:
    """Return the bytes that operators count; what they do not carry counts as a "?"."""
    return sum(len(c.encode("euc_kr")) if is_carried(c) else 1 for c in text)


def check_writable(param: str, text: str) -> None:
    """Refuse a name or an item that could not stand in a text message; for the moment of saving."""
    offenders = uncarried(carried(text))
    if offenders:
        named = ", ".join(f"'{_shown(c)}'" for c in offenders[:NAMED_MAX])
        more = " and others" if len(offenders) > NAMED_MAX else ""
        raise InvalidRequest.field(
            param,
            f"Korean operators do not carry {named}{more} in text messages. Write it with ordinary "
            "Hangul, letters, digits and punctuation, without emoji or rare syllables.",
            code="not_writable",
        )
    if _LINK.search(text):
        raise InvalidRequest.field(
            param,
            "This goes into text messages, which carry no web address. Write it without one.",
            code="link_not_allowed",
        )


def _removed(character: str) -> bool:
    return unicodedata.category(character) in _REMOVED


def _plain(character: str) -> str:
    if is_carried(character):
        return character
    apart = unicodedata.normalize("NFKD", character)
    letters = "".join(c for c in apart if not unicodedata.combining(c))
    return letters if letters and not uncarried(letters) else character


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
