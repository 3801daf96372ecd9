/*
 * The floor for bench/run: a FastCGI program on libfcgi that reads its input,
 * drops it and says hello.
 * usage: hello [--env-file FILE] [--listen PATH]   (else: inherited socket)
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 64, BACKLOG = 1024 };

static const char answer[] =
    "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n";

static void
drain(FCGX_Stream *in)
{
	while (FCGX_GetChar(in) != EOF)
		in->rdNext = in->stop;
}

static void *
serve(void *arg)
{
	const int *listen_fd = arg;
	FCGX_Request request;

	if (FCGX_InitRequest(&request, *listen_fd, 0) != 0)
		return NULL;
	while (FCGX_Accept_r(&request) == 0) {
		drain(request.in);
		(void)FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

static int
open_socket(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--listen") == 0) {
			(void)unlink(argv[i + 1]);
			(void)umask(0);
			return FCGX_OpenSocket(argv[i + 1], BACKLOG);
		}
	return 0;
}

int
main(int argc, char **argv)
{
	static int listen_fd;
	pthread_t threads[THREADS];

	(void)FCGX_Init();
	listen_fd = open_socket(argc, argv);
	if (listen_fd < 0)
		return EXIT_FAILURE;
	(void)signal(SIGTERM, SIG_DFL);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, serve, &listen_fd) != 0)
			return EXIT_FAILURE;
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}
