package edgenlp.artifact

/**
 * Reads JSON (RFC 8259) into maps, lists, strings, numbers (Long or Double), booleans and null.
 *
 * Android's own reader is not on other JVMs; this one bounds how deep values may be nested.
 *
 * @throws IllegalArgumentException by [parse]: the text is not JSON.
 */
internal class Json private constructor(private val text: String) {
    private var position = 0

    private fun document(): Any? {
        val value = value(0)
        skipSpace()
        require(position == text.length) { "more text behind the value" }
        return value
    }

    private fun value(depth: Int): Any? {
        require(depth < MAX_DEPTH) { "nested too deep" }
        skipSpace()
        return when (peek()) {
            '{' -> record(depth)
            '[' -> list(depth)
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            else -> number()
        }
    }

    private fun record(depth: Int): Map<String, Any?> {
        val values = LinkedHashMap<String, Any?>()
        position++
        if (ends('}')) return values
        do {
            skipSpace()
            require(peek() == '"') { "a name is no string" }
            val name = string()
            skipSpace()
            require(next() == ':') { "no colon behind a name" }
            values[name] = value(depth + 1)
        } while (goesOn('}'))
        return values
    }

    private fun list(depth: Int): List<Any?> {
        val values = ArrayList<Any?>()
        position++
        if (ends(']')) return values
        do {
            values.add(value(depth + 1))
        } while (goesOn(']'))
        return values
    }

    private fun ends(end: Char): Boolean {
        skipSpace()
        if (peek() != end) return false
        position++
        return true
    }

    private fun goesOn(end: Char): Boolean {
        skipSpace()
        val sign = next()
        require(sign == ',' || sign == end) { "neither a comma nor an end" }
        return sign == ','
    }

    private fun string(): String {
        position++
        val start = position
        while (true) {
            val char = next()
            if (char == '"') return text.substring(start, position - 1)
            require(char >= ' ') { "a control character in a string" }
            if (char == '\\') break
        }
        val out = StringBuilder().append(text, start, position - 1)
        position--
        while (true) {
            val char = next()
            if (char == '"') return out.toString()
            require(char >= ' ') { "a control character in a string" }
            out.append(if (char == '\\') escaped() else char)
        }
    }

    private fun escaped(): Char = when (val char = next()) {
        '"', '\\', '/' -> char
        'b' -> '\b'
        'f' -> '\u000c'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> {
            var unit = 0
            repeat(4) {
                val digit = Character.digit(next(), 16)
                require(digit >= 0) { "an escape that is not hexadecimal" }
                unit = 16 * unit + digit
            }
            unit.toChar()
        }
        else -> throw IllegalArgumentException("an unknown escape")
    }

    private fun number(): Number {
        val start = position
        while (position < text.length && text[position] in "+-.0123456789eE") position++
        val digits = text.substring(start, position)
        return digits.toLongOrNull() ?: digits.toDoubleOrNull() ?: throw IllegalArgumentException("no value")
    }

    private fun word(word: String, value: Any?): Any? {
        require(text.startsWith(word, position)) { "no value" }
        position += word.length
        return value
    }

    private fun skipSpace() {
        while (position < text.length && text[position] in " \t\r\n") position++
    }

    private fun peek(): Char {
        require(position < text.length) { "cut off" }
        return text[position]
    }

    private fun next(): Char = peek().also { position++ }

    companion object {
        private const val MAX_DEPTH = 64

        fun parse(text: String): Any? = Json(text).document()
    }
}
