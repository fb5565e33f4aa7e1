"""Words the SMART check looks for, in English and German. A list is data: add to it freely.

A word matches as a whole; `*` stands for any ending, `…` for up to two words in between. Case does not matter.
Both languages are looked for in every text, since a goal may mix them.
"""

VAGUE = (
    # English
    "improve*", "enhance*", "optimi*", "better", "get good", "be good", "become good", "learn about", "learn more", "know more",
    "work on", "work harder", "focus on", "deal with", "think about", "try to", "understand*", "grow", "grow as", "growth",
    "more confident*", "more confidence", "more visib*", "more strategic*", "more effective*", "more efficient*", "more experience*",
    "more", "less", "fewer", "faster", "quicker", "healthier", "fitter", "happier", "happy", "satisfied",
    "effectively", "efficiently", "successful*", "somehow", "stuff", "things", "network more", "step up", "feel*", "my skills",
    "soft skills", "leadership skills", "personal development", "as soon as possible",
    # German
    "verbesser*", "optimier*", "besser*", "gut werden", "gut sein", "mehr wissen", "mehr lernen", "lernen über", "dazulernen",
    "arbeiten an", "an mir arbeiten", "mich beschäftigen", "mich befassen", "auseinandersetzen", "versuchen", "verstehen",
    "wachsen", "weiterentwick*", "weiterkommen", "fit werden", "sicherer", "souveräner", "selbstbewusst*", "sichtbarer",
    "mehr", "weniger", "schneller", "gesünder", "fitter", "glücklich*", "zufrieden*",
    "mehr sichtbarkeit", "mehr selbstvertrauen", "mehr erfahrung*", "effektiver", "effizienter", "erfolgreich*", "irgendwie",
    "dinge", "sachen", "ausbauen", "vertiefen", "stärken", "fühl*", "gefühl", "so bald wie möglich", "möglichst",
)  # fmt: skip
"""Words that can mean anything to anybody, unless a figure stands beside them."""

HARMLESS = (
    "no more", "not any more", "any more", "no less", "once more", "more than", "less than", "more or less", "better than",
    "nicht mehr", "nie mehr", "keine mehr", "kein mehr", "niemand mehr", "mehr als", "weniger als", "mehr oder weniger", "besser als",
)  # fmt: skip
"""Phrases in which a vague word is not vague."""

ALL_OR_NOTHING = (
    # English
    "everything", "everyone", "everybody", "always", "never", "perfect*", "flawless*", "completely", "at any time", "world-class",
    "no mistakes", "the best",
    # German
    "alles", "immer", "nie", "niemals", "perfekt*", "fehlerfrei*", "fehlerlos*", "vollkommen*", "jederzeit", "sämtliche*",
    "weltklasse", "keine fehler", "der beste", "die beste", "das beste",
)  # fmt: skip
"""Words that make one bad day a failure."""

DECIDED_BY_OTHERS = (
    # English
    "promoted", "promotion", "pay rise", "pay raise", "get a raise", "salary increase", "be appointed", "be chosen", "be selected",
    "be recognised", "be recognized", "get the job", "get the role", "get hired", "become … lead", "become … manager",
    "become … head", "become … director", "become … principal", "become … partner", "become … chief",
    # German
    "befördert", "beförderung", "gehaltserhöhung", "mehr gehalt", "ernannt werden", "ausgewählt werden", "anerkannt werden",
    "die stelle bekommen", "den job bekommen", "leitende* … werden", "führungskraft werden", "teamleit* werden",
    "abteilungsleit* werden", "bereichsleit* werden", "leiter* werden", "direktor* werden", "chef* werden",
)  # fmt: skip
"""Words for what somebody else decides."""

WISH_OF_ANOTHER = (
    # English
    "my manager wants", "my manager asked", "my manager told", "my manager said", "my manager expects", "my boss", "i was told",
    "i was asked", "i have to", "supposed to", "because i must", "they want me to",
    # German
    "mein chef", "meine chefin", "meine vorgesetzte*", "mein vorgesetzter", "ich muss", "muss ich", "ich soll", "soll ich",
    "mir wurde gesagt", "wurde mir gesagt", "von mir erwartet", "von mir verlangt",
)  # fmt: skip
"""Words for a reason that is somebody else's."""

SEEN = (
    # English
    "done", "sign*", "sent", "send*", "publish*", "deliver*", "present*", "hold*", "held", "lead", "leads", "led", "pass*", "finish*",
    "complete", "completed", "agree*", "accept*", "report*", "write*", "written", "wrote", "decid*", "decision*", "start*", "run", "runs",
    "ran", "launch*", "certificate*", "list", "page*", "plan", "plans", "talk", "talks", "each", "every", "nobody", "no one", "without",
    "say", "says", "said", "ask*", "tell*", "told", "show*", "come", "comes", "came", "weekly", "monthly", "daily",
    # German
    "fertig*", "unterschrieb*", "unterschreib*", "schick*", "geschickt", "gesendet", "sende*", "veröffentlich*", "abgeschlossen",
    "abgegeben", "gehalten", "hält", "halte*", "geleitet", "leitet", "leite", "besteh*", "bestanden", "zusag*", "zugesagt",
    "entscheid*", "entschieden", "schreib*", "geschrieben", "beginn*", "begonnen", "startet", "gestartet", "zertifikat*", "liste",
    "seite*", "plan", "pläne", "vortrag*", "vorträge", "jede", "jeder", "jedes", "jeden", "jedem", "niemand*", "ohne", "sagt", "sagen",
    "gesagt", "fragt", "fragen", "gefragt", "zeigt", "zeigen", "gezeigt", "kommt", "kommen", "wöchentlich*", "monatlich*", "täglich*",
)  # fmt: skip
"""Words for what one can watch happen."""

NUMBERS = (
    # English
    "twice", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen", "twenty",
    "thirty", "forty", "fifty", "hundred*", "thousand*", "dozen*", "half", "third", "double*", "percent", "per cent",
    # German
    "zweimal", "dreimal", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "fünfzehn",
    "zwanzig", "dreißig", "vierzig", "fünfzig", "hundert*", "tausend*", "dutzend*", "hälfte", "drittel", "doppelt*", "prozent",
)  # fmt: skip
"""Numbers in words. Digits are found without a list."""

AND = ("and", "und", "sowie", "plus", "as well as")
"""Words that join one goal to the next."""
