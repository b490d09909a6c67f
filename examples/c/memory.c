#include "memory.h"

#include <stdint.h>
#include <stdlib.h>

struct Block {
    Block *before;
    max_align_t content[];
};

void *memory_take(Memory *memory, size_t count, size_t size) {
    bool fits = !size || count <= (SIZE_MAX / 2 - sizeof(Block)) / size;
    Block *block = fits ? calloc(1, sizeof *block + count * size) : NULL;
    if (!block) {
        memory->failed = true;
        return NULL;
    }
    block->before = memory->last;
    memory->last = block;
    return block->content;
}

void memory_free(Memory *memory) {
    while (memory->last) {
        Block *block = memory->last;
        memory->last = block->before;
        free(block);
    }
}
