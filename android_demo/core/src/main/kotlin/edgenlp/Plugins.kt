package edgenlp

import edgenlp.artifact.Manifest
import edgenlp.classification.ClassificationHead
import edgenlp.classification.RegressionHead
import edgenlp.cmow.Cmow
import edgenlp.interfaces.Encoder
import edgenlp.interfaces.TaskHead
import edgenlp.parsing.SemanticParsing
import edgenlp.pqrnn.Pqrnn

/** The encoders and task heads that an app has. What it leaves out, its shrinker leaves out of the app. */
class Plugins(encoders: List<Encoder>, heads: List<TaskHead>) {
    private val encoders = encoders.associateBy { it.name }
    private val heads = heads.associateBy { it.name }

    /** These and others; of two with one name the new one counts. */
    fun with(encoders: List<Encoder> = emptyList(), heads: List<TaskHead> = emptyList()): Plugins =
        Plugins(this.encoders.values + encoders, this.heads.values + heads)

    internal fun encoder(wanted: Manifest.Component): Encoder = encoders[wanted.name] ?: missing("encoder", wanted)

    internal fun head(wanted: Manifest.Component): TaskHead = heads[wanted.name] ?: missing("task head", wanted)

    private fun missing(what: String, wanted: Manifest.Component): Nothing = fail(
        Problem.MISSING_PLUGIN,
        "The model needs the $what '${wanted.name}', which this app does not have: update the app, or give it to Plugins.",
    )

    companion object {
        /** All that edgenlp has. */
        @JvmField
        val ALL: Plugins = Plugins(
            listOf(Pqrnn, Cmow),
            listOf(
                SemanticParsing,
                ClassificationHead.SINGLE,
                ClassificationHead.PAIR,
                RegressionHead.SINGLE,
                RegressionHead.PAIR,
            ),
        )
    }
}
