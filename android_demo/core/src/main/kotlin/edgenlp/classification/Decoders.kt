package edgenlp.classification

import edgenlp.Problem
import edgenlp.fail
import edgenlp.interfaces.Classification
import edgenlp.interfaces.Decoder
import edgenlp.interfaces.Prediction
import edgenlp.interfaces.Regression
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens
import kotlin.math.exp

/** Softmax; among equal logits the label of the lower index comes first. */
internal class LabelDecoder(private val labels: List<String>) : Decoder {
    override fun decode(outputs: Tensors, texts: List<Tokens>): Prediction {
        val label = outputs.getValue("label")
        if (label.type.size != labels.size) {
            fail(Problem.DAMAGED, "The graph and labels.txt have different labels; make or download the model again.")
        }
        val logits = label.read(labels.size, FloatArray(labels.size))
        // as objects, -0 would be less than 0: the sum has one zero
        val order = labels.indices.sortedByDescending { logits[it] + 0f }
        val greatest = logits[order[0]].toDouble()
        val weights = DoubleArray(labels.size) { exp(logits[order[it]] - greatest) }
        val sum = weights.sum()
        for (i in weights.indices) weights[i] /= sum
        return Classification(texts.map { it.text }, order.map { labels[it] }, weights, texts.any { it.truncated })
    }
}

/** A share of the range to a value within it. */
internal class ValueDecoder(private val low: Double, private val high: Double) : Decoder {
    override fun decode(outputs: Tensors, texts: List<Tokens>): Prediction {
        val share = outputs.getValue("value").read(1, FloatArray(1))[0]
        val value = (low + share * (high - low)).coerceIn(low, high)
        return Regression(texts.map { it.text }, value, low, high, texts.any { it.truncated })
    }
}
