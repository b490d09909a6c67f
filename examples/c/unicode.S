/* The Unicode table as it stands in edgenlp/text, in read-only memory. */
        .section .rodata
        .balign 4
        .global edgenlp_unicode
        .hidden edgenlp_unicode
edgenlp_unicode:
        .incbin UNICODE_BIN
        .global edgenlp_unicode_end
        .hidden edgenlp_unicode_end
edgenlp_unicode_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits
