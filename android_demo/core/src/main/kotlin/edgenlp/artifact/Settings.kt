package edgenlp.artifact

import edgenlp.Problem
import edgenlp.fail

/**
 * A JSON object whose values are asked for by name and kind, such as the settings of an encoder.
 *
 * @property where it stands, for the sentence of a failure.
 */
class Settings internal constructor(private val values: Map<*, *>, private val where: String) {
    /** The names that are there. */
    val names: Set<String> get() = values.keys.mapTo(LinkedHashSet()) { it as String }

    /** Whether a value is there that is not null. */
    operator fun contains(name: String): Boolean = values[name] != null

    /** A text. */
    fun text(name: String): String = values[name] as? String ?: wrong(name, "a text")

    /** A whole number from 0 to [most]. */
    fun count(name: String, most: Int): Int {
        val value = values[name] as? Long
        return if (value != null && value in 0..most) value.toInt() else wrong(name, "a whole number from 0 to $most")
    }

    /** True or false. */
    fun flag(name: String): Boolean = values[name] as? Boolean ?: wrong(name, "true or false")

    /** A number. */
    fun number(name: String): Double = (values[name] as? Number)?.toDouble() ?: wrong(name, "a number")

    /** One of some texts. */
    fun choice(name: String, vararg choices: String): String =
        text(name).also { if (it !in choices) wrong(name, choices.joinToString(" or ")) }

    /** Stops where the value of [name] is none that there may be. */
    fun check(name: String, right: Boolean) {
        if (!right) wrong(name, "a value that there may be")
    }

    /** Texts. */
    fun texts(name: String): List<String> =
        (values[name] as? List<*>)?.map { it as? String ?: wrong(name, "a list of texts") } ?: wrong(name, "a list of texts")

    /** An object in this object. */
    fun settings(name: String): Settings =
        (values[name] as? Map<*, *>)?.let { Settings(it, path(name)) } ?: wrong(name, "an object")

    private fun wrong(name: String, expected: String): Nothing =
        fail(Problem.DAMAGED, "The model's ${path(name)} is not $expected; make or download the model again.")

    private fun path(name: String) = if (where.isEmpty()) name else "$where.$name"
}
