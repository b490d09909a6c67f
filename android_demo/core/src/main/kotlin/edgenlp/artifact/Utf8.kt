package edgenlp.artifact

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.Charset

/**
 * The text that bytes hold; nothing is replaced.
 *
 * @throws IllegalArgumentException they are no UTF-8.
 */
internal fun utf8(bytes: ByteArray): String = try {
    Charset.forName("UTF-8").newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
} catch (error: CharacterCodingException) {
    throw IllegalArgumentException("no UTF-8", error)
}
