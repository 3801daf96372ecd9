# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/http/test-accept tests/http/test-request \
	tests/http/test-response tests/http/test-route
tests_http_test_accept_SOURCES = tests/http/test-accept.c tests/lib/check.h
tests_http_test_accept_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_request_SOURCES = tests/http/test-request.c tests/lib/check.h
tests_http_test_request_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_response_SOURCES = tests/http/test-response.c tests/lib/check.h
tests_http_test_response_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_route_SOURCES = tests/http/test-route.c tests/lib/check.h
tests_http_test_route_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
