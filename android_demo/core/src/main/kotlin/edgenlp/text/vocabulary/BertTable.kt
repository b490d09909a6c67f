package edgenlp.text.vocabulary

import edgenlp.text.Classes
import edgenlp.text.CodePoints
import edgenlp.text.Strings
import edgenlp.text.TableReader
import edgenlp.text.addFolded

/** How BERT sees code points, `bert.bin` (docs/text-spec.md, BERT's table). */
internal object BertTable {
    /** Classes for cased vocabularies. */
    val cased: Classes

    /** Classes for uncased ones. */
    val uncased: Classes

    private val forms: Strings

    val SIGN = Classes.bit('p')
    val LETTER = Classes.bit('w')
    val MIXED = Classes.bit('m')
    val NOTHING = Classes.bit('e')

    init {
        val table = TableReader.open("bert.bin")
        cased = table.classes()
        uncased = table.classes()
        forms = table.strings()
    }

    /** Appends the form of a code point in uncased vocabularies to [out]; [scratch] is overwritten. */
    fun addForm(point: Int, out: CodePoints, scratch: CodePoints) {
        val place = forms.find(point)
        if (place >= 0) {
            out.add(forms, place)
            return
        }
        scratch.clear()
        scratch.addFolded(point)
        for (i in 0 until scratch.size) {
            if (uncased.of(scratch.points[i]) != NOTHING) out.add(scratch.points[i])
        }
    }
}
