/*
 * The table of settings in words: an example file and the manual page
 * almacen.env(5).  What the program reads and what is written about it cannot
 * drift apart.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_CONFIG_DOC_H
#define CTL_CONFIG_DOC_H

#include <stdio.h>

/* A file for --env-file in which every setting is commented out. */
void config_doc_example(FILE *out);
/* In mdoc(7). */
void config_doc_man(FILE *out);

#endif
