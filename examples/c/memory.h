/* Memory that a model takes while it is loaded, all of which is given back at once. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "names.h"

typedef struct Block Block;

typedef struct {
    Block *last;
    bool failed; /* something was null */
} Memory;

/* `count` zeroed things of `size` bytes; null, and `failed`, where there is no room for them. */
void *memory_take(Memory *memory, size_t count, size_t size);

void memory_free(Memory *memory);

#endif
