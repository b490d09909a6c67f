package edgenlp.desktop

import edgenlp.EdgeNlp
import edgenlp.Repository
import edgenlp.artifact.ModelFile
import edgenlp.interfaces.Tensor
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens
import java.io.File
import java.security.MessageDigest

/** The models that come with the package, and the small ones of the golden vectors, by name. */
internal val MODELS: Map<String, File> = listOf("edgenlp/models", "tests/golden/models")
    .flatMap { Repository.file(it).listFiles()!!.toList() }
    .filter { it.extension == "tflite" }
    .associateBy { it.nameWithoutExtension }
    .toSortedMap()

/** A model taken to pieces, so that a test can look between them. */
internal class Pieces(file: File) : AutoCloseable {
    val file: ModelFile = ModelFile.read(file)
    val model: EdgeNlp = EdgeNlp.load(file)
    private val interpreter = TensorFlowLite().interpreter(this.file.graph)
    private val lengths = model.manifest.signatures.entries.sortedBy { it.value }
    val longest = lengths.last().value

    fun tokenize(text: String): Tokens = model.featurizer.tokenize(text, longest)

    /** Name of the shortest signature that holds the tokens. */
    fun signature(tokens: Tokens): String = lengths.first { it.value >= tokens.size }.key

    /** What the featurizer makes, real numbers where it makes such. */
    fun features(tokens: Tokens): Tensors =
        model.featurizer.inputs(model.manifest.signatures.getValue(signature(tokens)))
            .mapValues { Tensor(it.value) }
            .also { model.featurizer.write(tokens, it) }

    /** The same as the graph takes it. */
    fun inputs(tokens: Tokens): Tensors =
        interpreter.signatures.getValue(signature(tokens)).inputs
            .mapValues { Tensor(it.value) }
            .also { model.featurizer.write(tokens, it) }

    fun outputs(signature: String): Tensors =
        interpreter.signatures.getValue(signature).outputs.mapValues { Tensor(it.value) }

    fun run(signature: String, inputs: Tensors, outputs: Tensors) =
        interpreter.signatures.getValue(signature).run(inputs, outputs)

    override fun close() {
        interpreter.close()
        model.close()
    }
}

/** SHA-256 of a graph's inputs, as in a model's own golden vectors. */
internal fun digest(inputs: Tensors): String {
    val sha256 = MessageDigest.getInstance("SHA-256")
    for ((name, tensor) in inputs.toSortedMap()) {
        val kind = tensor.type.kind.name.lowercase()
        sha256.update("$name\u0000$kind\u0000${tensor.type.shape.joinToString(",")}\u0000".toByteArray())
        tensor.bytes.rewind()
        sha256.update(tensor.bytes)
    }
    return sha256.digest().joinToString("") { "%02x".format(it) }
}

/** All real numbers of a tensor. */
internal fun Tensor.floats(): FloatArray = read(type.size, FloatArray(type.size))
