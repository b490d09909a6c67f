package edgenlp.interfaces

import edgenlp.artifact.Settings

/** The device-side half of a task: arrays to an answer. An app adds its own with [edgenlp.Plugins.with]. */
interface TaskHead {
    /** What manifests call it. */
    val name: String

    /** 1 or 2, the number of texts that an input holds. */
    val sequences: Int get() = 1

    /**
     * Its decoder with a model's settings.
     *
     * @param settings of the manifest.
     * @param assets the associated files that it reads, such as labels, by name.
     * @throws edgenlp.EdgeNlpException a setting or an asset is not one that it reads.
     */
    fun decoder(settings: Settings, assets: Map<String, ByteArray>): Decoder
}

/** A graph's outputs to an answer: pure, and shared by threads. */
interface Decoder {
    /**
     * The best answer.
     *
     * @param outputs the graph's, by name, with a batch dimension of 1; those over tokens may be longer than the text.
     * @param texts the tokens of the one text, or of both texts of a pair.
     */
    fun decode(outputs: Tensors, texts: List<Tokens>): Prediction
}
