package edgenlp.text

import edgenlp.interfaces.TokenList
import edgenlp.interfaces.Tokens

/** How a text is cut into tokens (docs/text-spec.md, Segmentation), the same to the bit on every platform. */
enum class Segmentation {
    /** By script. */
    UNICODE {
        override fun Scanner.token() {
            val first = next
            advance()
            when (first) {
                UPPER, LOWER, LETTER -> skip(UPPER or LOWER or LETTER or EXTENDERS)
                DIGIT -> skip(DIGIT or EXTENDERS)
                KATAKANA -> skip(KATAKANA or EXTENDERS)
                CHARACTER -> skip(EXTENDERS)
                REGIONAL -> {
                    skip(REGIONAL, 1)
                    skip(EXTENDERS)
                }
                VOWEL, CLUSTER -> {
                    if (first == VOWEL) {
                        skip(VOWEL)
                        skip(CLUSTER, 1)
                    }
                    skip(EXTENDERS)
                    while (last == STACKER && next == CLUSTER) {
                        advance()
                        skip(EXTENDERS)
                    }
                }
                OTHER -> {
                    skip(EXTENDERS)
                    while (last == JOINER && next == OTHER) {
                        advance()
                        skip(EXTENDERS)
                    }
                }
                else -> skip(EXTENDERS)
            }
        }
    },

    /** At separators alone, for text that is cut into words already. */
    WHITESPACE {
        override fun Scanner.token() = skip(SEPARATOR.inv())
    };

    /** Goes on over the token that begins here. */
    internal abstract fun Scanner.token()

    /** Cuts [text] into its first [limit] tokens, and reads no further than it must to know whether there are more. */
    fun tokens(text: String, limit: Int): Tokens {
        val found = TokenList(limit)
        val scanner = Scanner(text, UnicodeTable.classes)
        scanner.skip(SEPARATOR)
        while (scanner.next != 0) {
            val start = scanner.position
            scanner.token()
            if (!found.add(start, scanner.position)) break
            scanner.skip(SEPARATOR)
        }
        return found.tokens(text)
    }

    companion object {
        /** Whether a token stands in `text` from [start] to [end]. */
        fun hasToken(text: String, start: Int, end: Int): Boolean =
            Scanner(text, UnicodeTable.classes, start, end).apply { skip(SEPARATOR) }.next != 0
    }
}

internal val SEPARATOR = Classes.bit('s')
internal val UPPER = Classes.bit('u')
internal val LOWER = Classes.bit('l')
internal val LETTER = Classes.bit('a')
internal val DIGIT = Classes.bit('d')
internal val KATAKANA = Classes.bit('k')
internal val CHARACTER = Classes.bit('h')
internal val REGIONAL = Classes.bit('r')
internal val VOWEL = Classes.bit('v')
internal val CLUSTER = Classes.bit('c')
internal val OTHER = Classes.bit('o')
internal val JOINER = Classes.bit('j')
internal val STACKER = Classes.bit('b')
internal val EXTENDERS = Classes.setOf("xjb")
