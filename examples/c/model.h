/* What is inside an EdgeNlp: only this program's own tests look here. */
#ifndef MODEL_H
#define MODEL_H

#include "network.h"
#include "pqrnn.h"
#include "tree.h"

struct EdgeNlp {
    Memory memory;
    const unsigned char *data; /* the model file */
    PqrnnConfig config;
    Network network;
    Signature *ran;     /* by the last prediction */
    TreeDecoder *trees; /* or null, and then labels */
    int label_count;
    const char **labels;
    int *ranking;
    double *scores;
    EdgeNlpSpan *spans;
    int8_t *row; /* the features of one token */
    EdgeNlpAnswer answer;
};

#endif
