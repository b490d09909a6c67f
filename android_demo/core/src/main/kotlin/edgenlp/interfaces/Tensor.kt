package edgenlp.interfaces

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * What a graph's input or output is.
 *
 * @property kind of its numbers.
 * @property shape with a batch dimension of 1.
 * @property scale of integers q that stand for the real numbers (q - [zero]) * scale; 0 for numbers that are meant as
 *   they are.
 * @property zero the integer that stands for 0.
 */
class TensorType(val kind: Kind, val shape: IntArray, val scale: Float = 0f, val zero: Int = 0) {
    /** Kinds of numbers, by the name that Python gives them. */
    enum class Kind(val bytes: Int) { FLOAT32(4), INT32(4), INT8(1) }

    /** How many numbers there are. */
    val size: Int get() = shape.fold(1) { product, extent -> product * extent }

    /** What an encoder or decoder takes it for: integers that stand for real numbers are real numbers. */
    val meant: TensorType get() = if (scale == 0f) this else TensorType(Kind.FLOAT32, shape)

    override fun equals(other: Any?): Boolean = other is TensorType && kind == other.kind &&
        scale == other.scale && zero == other.zero && shape.contentEquals(other.shape)

    override fun hashCode(): Int = 31 * kind.ordinal + shape.contentHashCode()

    override fun toString(): String = kind.name.lowercase() + shape.contentToString()
}

/**
 * An input or output of a graph in memory.
 *
 * @property type what it is.
 * @property bytes the numbers, outside the heap and in the machine's byte order; their position says nothing.
 */
class Tensor(val type: TensorType) {
    val bytes: ByteBuffer = ByteBuffer.allocateDirect(type.size * type.kind.bytes).order(ByteOrder.nativeOrder())
    private val floats = bytes.asFloatBuffer()
    private val ints = bytes.asIntBuffer()

    /** Writes real [values] from the tensor's number [offset] on (docs/text-spec.md, Graphs of integers). */
    fun write(offset: Int, values: FloatArray) {
        if (type.kind == TensorType.Kind.FLOAT32) {
            floats.position(offset)
            floats.put(values)
        } else {
            for (i in values.indices) bytes.put(offset + i, integer(values[i]))
        }
    }

    private fun integer(value: Float): Byte =
        (Math.rint((value / type.scale).toDouble()) + type.zero).coerceIn(MIN_BYTE, MAX_BYTE).toInt().toByte()

    /** Writes whole [values] from the tensor's number [offset] on. */
    fun write(offset: Int, values: IntArray) {
        ints.position(offset)
        ints.put(values)
    }

    /** The first [count] real numbers, in [into] where that is large enough. */
    fun read(count: Int, into: FloatArray): FloatArray {
        val target = if (into.size >= count) into else FloatArray(count)
        if (type.kind == TensorType.Kind.FLOAT32) {
            floats.position(0)
            floats.get(target, 0, count)
        } else {
            for (i in 0 until count) target[i] = (bytes.get(i) - type.zero) * type.scale
        }
        return target
    }

    private companion object {
        const val MIN_BYTE = -128.0
        const val MAX_BYTE = 127.0
    }
}

/** Inputs or outputs of a graph by name. */
typealias Tensors = Map<String, Tensor>
