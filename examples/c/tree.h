/* Logits to the best well-formed tree (docs/text-spec.md, Decoding, Trees). */
#ifndef TREE_H
#define TREE_H

#include "edgenlp.h"
#include "json.h"
#include "memory.h"
#include "names.h"

typedef struct TreeDecoder TreeDecoder;

typedef struct {
    int intent, nodes;
    double score;
    const EdgeNlpNode *node;
    const int *leaf; /* for each token its node, or 0 */
} Tree;

/* Makes a decoder of the object in `labels.json`, for up to `tokens` tokens. A `penalty` below 0 stands for none. */
TreeDecoder *tree_decoder(Memory *memory, const JsonValue *values, const JsonValue *labels, double penalty, int tokens,
                          EdgeNlpError *error);

int tree_intents(const TreeDecoder *decoder);
int tree_tags(const TreeDecoder *decoder);

/* The best tree of at least one token, by the logits of all intents and, row after row, of all tags. */
Tree tree_decode(TreeDecoder *decoder, const float *intents, const float *tags, int tokens);

#endif
