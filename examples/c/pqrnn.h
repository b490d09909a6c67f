/* Features of tokens without a vocabulary (docs/text-spec.md, Features of pQRNN). */
#ifndef PQRNN_H
#define PQRNN_H

#include "names.h"
#include "text.h"

enum {
    SHAPE_FEATURES = 10,
    MAX_NGRAM_LENGTHS = 5,
    MAX_NGRAMS = MAX_NGRAM_LENGTHS * MAX_CODE_POINTS,
    MAX_FEATURES = 4096, /* of each kind: more is no model for a device */
};

typedef struct {
    bool by_script; /* or at white space alone */
    int word_features, ngram_features, ngram_min, ngram_max;
    bool sums; /* or signs */
    bool shape_features;
} PqrnnConfig;

/* Whether the settings are such as a model can have. */
bool pqrnn_valid(const PqrnnConfig *config);

/* How many features a token has. */
int pqrnn_width(const PqrnnConfig *config);

/* The features of one token as it stands in a text, `pqrnn_width` of them. */
void pqrnn_features(const PqrnnConfig *config, const unsigned char *token, size_t bytes, int8_t *features);

#endif
