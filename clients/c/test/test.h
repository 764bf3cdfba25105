/* What the tests in C have in common. */
#ifndef PEINIT_TEST_H
#define PEINIT_TEST_H

#include <peinit.h>

/* Prints whether what the title says is so. */
void check(bool is_so, const char *title);

void test_json(void);

#endif
