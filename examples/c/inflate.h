/* What zip calls deflated. */
#ifndef INFLATE_H
#define INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "names.h"

/* Unpacks exactly `target_size` bytes; false for anything else. */
bool inflate(const unsigned char *source, size_t source_size, unsigned char *target, size_t target_size);

#endif
