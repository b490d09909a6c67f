/* The associated files in a `.tflite`: a zip archive at its end, of which nothing is trusted. */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "edgenlp.h"
#include "names.h"

enum { MAX_FILES = 64, MAX_FILE_BYTES = 32 << 20 };

typedef struct {
    char name[64];
    size_t packed_at, packed_size, size;
    uint32_t crc;
    bool deflated;
} PackedFile;

typedef struct {
    const unsigned char *data;
    size_t size;
    size_t graph_size; /* what is before the files */
    int count;
    PackedFile files[MAX_FILES];
} ModelFile;

/* Finds the files in the bytes of a model. */
bool model_file_open(const unsigned char *data, size_t size, ModelFile *file, EdgeNlpError *error);

/* The entry of that name, or null. */
const PackedFile *model_file_find(const ModelFile *file, const char *name);

/* Unpacks an entry into `size` bytes of its own. */
bool model_file_unpack(const ModelFile *file, const PackedFile *entry, unsigned char *target, EdgeNlpError *error);

/* Whether the SHA-256 of the graph is these 64 hexadecimal digits. */
bool model_file_graph_is(const ModelFile *file, const char *sha256);

/* CRC-32, as in zip, of what `crc` is of (0 of nothing) and some more bytes. */
uint32_t crc32(uint32_t crc, const void *data, size_t size);

/* SHA-256 of some bytes, in hexadecimal digits and a NUL. */
void sha256(const unsigned char *data, size_t size, char digits[static 65]);

bool fail(EdgeNlpError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
