/* Starts two threads at once, each as if it loaded a model: for the thread sanitizer. */
#include <pthread.h>
#include <stdio.h>

#include "../text.h"

static void *count_tokens(void *count) {
    EdgeNlpSpan tokens[4];
    bool truncated;
    if (text_start()) *(int *)count = segment((const unsigned char *)"7pm \xE4\xB8\x80", 7, 4, true, tokens, &truncated);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    int counts[2] = {0};
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count_tokens, &counts[i])) return 2;
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    printf("%d and %d tokens\n", counts[0], counts[1]);
    return counts[0] != counts[1] || !counts[0];
}
