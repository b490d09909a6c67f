package edgenlp.artifact

import edgenlp.Problem
import edgenlp.fail

/**
 * What a model says about itself, in `edgenlp.json`.
 *
 * @property name of the model.
 * @property languages BCP 47 tags.
 * @property license an SPDX expression.
 * @property encoder makes the graph's inputs.
 * @property head reads the graph's outputs.
 * @property signatures number of token positions by signature name.
 * @property quantization `none`, or how the weights are stored.
 * @property minRuntimeVersion the oldest TensorFlow Lite that knows the graph's operations.
 * @property digest SHA-256 of the graph, in hexadecimal.
 * @property edgenlpVersion that wrote the model.
 */
class Manifest private constructor(
    val name: String,
    val languages: List<String>,
    val license: String,
    val encoder: Component,
    val head: Component,
    val signatures: Map<String, Int>,
    val quantization: String,
    val minRuntimeVersion: String,
    val digest: String,
    val edgenlpVersion: String,
) {
    /**
     * The encoder or the head of a model.
     *
     * @property name as registered.
     * @property settings its own.
     * @property assets names of the associated files that it reads.
     */
    class Component internal constructor(values: Settings) {
        val name: String = values.text("name")
        val settings: Settings = values.settings("config")
        val assets: List<String> = values.texts("assets")
    }

    companion object {
        /** The newest format that this code reads. */
        const val FORMAT_VERSION = 1

        private const val MAX_LENGTH = 4096
        private const val ANY_FORMAT = Int.MAX_VALUE

        internal fun read(content: ByteArray): Manifest {
            val values = try {
                Json.parse(utf8(content)) as Map<*, *>
            } catch (error: RuntimeException) {
                fail(Problem.DAMAGED, "The model's manifest is not a JSON object; make or download the model again.", error)
            }
            val manifest = Settings(values, "")
            val format = manifest.count("format_version", ANY_FORMAT)
            if (format > FORMAT_VERSION) {
                fail(
                    Problem.NEWER_FORMAT,
                    "The model has format $format and this app reads up to $FORMAT_VERSION: update the app.",
                )
            }
            val graph = manifest.settings("graph")
            val lengths = graph.settings("signatures")
            val signatures = lengths.names.associateWith { lengths.count(it, MAX_LENGTH) }
            if (signatures.isEmpty() || 0 in signatures.values) {
                fail(Problem.DAMAGED, "The model's graph.signatures names none that holds a token; make the model again.")
            }
            return Manifest(
                manifest.text("name"),
                manifest.texts("languages"),
                manifest.text("license"),
                Component(manifest.settings("encoder")),
                Component(manifest.settings("head")),
                signatures,
                graph.text("quantization"),
                graph.text("min_runtime_version"),
                graph.text("sha256"),
                manifest.text("edgenlp_version"),
            )
        }
    }
}
