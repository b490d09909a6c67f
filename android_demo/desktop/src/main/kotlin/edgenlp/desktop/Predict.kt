package edgenlp.desktop

import edgenlp.EdgeNlp
import edgenlp.EdgeNlpException
import java.io.File

/** Predicts what texts mean: `Predict MODEL.tflite < TEXTS`, one text a line. */
fun main(arguments: Array<String>) {
    EdgeNlp.load(File(arguments.single())).use { model ->
        for (text in generateSequence(::readLine)) {
            try {
                println(model.predict(text))
            } catch (error: EdgeNlpException) {
                println(error.message)
            }
        }
    }
}
