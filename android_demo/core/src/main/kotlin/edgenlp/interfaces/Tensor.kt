package edgenlp.interfaces

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** What a graph's input or output is: the kind of its numbers and their shape. */
class TensorType(val kind: Kind, val shape: IntArray) {
    /** Kinds of numbers, by the name that Python gives them. */
    enum class Kind(val bytes: Int) { FLOAT32(4), INT32(4), INT8(1) }

    /** How many numbers there are. */
    val size: Int get() = shape.fold(1) { product, extent -> product * extent }

    override fun equals(other: Any?): Boolean =
        other is TensorType && kind == other.kind && shape.contentEquals(other.shape)

    override fun hashCode(): Int = 31 * kind.hashCode() + shape.contentHashCode()

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

    /** Writes [values] from the tensor's number [offset] on. */
    fun write(offset: Int, values: FloatArray) {
        floats.position(offset)
        floats.put(values)
    }

    /** Writes [values] from the tensor's number [offset] on. */
    fun write(offset: Int, values: IntArray) {
        ints.position(offset)
        ints.put(values)
    }

    /** The first [count] numbers of a float tensor, in [into] where that is large enough. */
    fun read(count: Int, into: FloatArray): FloatArray {
        val target = if (into.size >= count) into else FloatArray(count)
        floats.position(0)
        floats.get(target, 0, count)
        return target
    }

    /** Whole numbers of an int32 tensor. */
    fun readInts(): IntArray = IntArray(type.size).also {
        ints.position(0)
        ints.get(it)
    }
}

/** Inputs or outputs of a graph by name. */
typealias Tensors = Map<String, Tensor>
