/*
 * The listening socket: made by us or inherited as descriptor 0.
 * server_listen() and server_is_inherited() of http/server.h live in listen.c
 * too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

enum { LISTEN_INHERITED_FD = 0 };

/*
 * Stop listening in this process, so that the web server is refused rather
 * than kept waiting once every process has done so.  With removes_path the
 * path of a socket of our own goes too, and a successor can start.
 * Descriptor 0 becomes /dev/null.
 */
void listen_close(int fd, bool removes_path);

#endif
