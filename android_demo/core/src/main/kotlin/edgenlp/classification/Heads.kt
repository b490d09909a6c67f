package edgenlp.classification

import edgenlp.Problem
import edgenlp.artifact.Json
import edgenlp.artifact.Settings
import edgenlp.artifact.utf8
import edgenlp.fail
import edgenlp.interfaces.Decoder
import edgenlp.interfaces.TaskHead

/** One label for a text, or for a pair of texts. */
class ClassificationHead private constructor(override val name: String, override val sequences: Int) : TaskHead {
    override fun decoder(settings: Settings, assets: Map<String, ByteArray>): Decoder {
        val labels = try {
            utf8(assets.getValue("labels.txt")).removeSuffix("\n").split('\n')
        } catch (error: RuntimeException) {
            fail(Problem.DAMAGED, "The model's labels.txt is missing or damaged; make or download the model again.", error)
        }
        return LabelDecoder(labels)
    }

    companion object {
        /** The head `classification`. */
        val SINGLE: TaskHead = ClassificationHead("classification", 1)

        /** The head `pair_classification`. */
        val PAIR: TaskHead = ClassificationHead("pair_classification", 2)
    }
}

/** One number for a text, or for a pair of texts. */
class RegressionHead private constructor(override val name: String, override val sequences: Int) : TaskHead {
    override fun decoder(settings: Settings, assets: Map<String, ByteArray>): Decoder = try {
        val (low, high) = Json.parse(utf8(assets.getValue("range.json"))) as List<*>
        ValueDecoder((low as Number).toDouble(), (high as Number).toDouble())
    } catch (error: RuntimeException) {
        fail(Problem.DAMAGED, "The model's range.json is missing or damaged; make or download the model again.", error)
    }

    companion object {
        /** The head `regression`. */
        val SINGLE: TaskHead = RegressionHead("regression", 1)

        /** The head `pair_regression`. */
        val PAIR: TaskHead = RegressionHead("pair_regression", 2)
    }
}
