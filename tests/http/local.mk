# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/http/test-accept tests/http/test-form \
	tests/http/test-form_query \
	tests/http/test-multipart \
	tests/http/test-multipart-vectors tests/http/test-request \
	tests/http/test-etag tests/http/test-range \
	tests/http/test-response tests/http/test-route \
	tests/http/test-transport-cgi
tests_http_test_accept_SOURCES = tests/http/test-accept.c tests/lib/check.h
tests_http_test_accept_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_form_SOURCES = tests/http/test-form.c tests/lib/check.h
tests_http_test_form_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_multipart_SOURCES = tests/http/test-multipart.c \
	tests/http/multipart_record.h tests/lib/check.h
tests_http_test_multipart_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_multipart_vectors_SOURCES = \
	tests/http/test-multipart-vectors.c tests/lib/check.h
tests_http_test_multipart_vectors_LDADD = $(HTTP_LIBS) $(CODEC_SYS) \
	$(CMOCKA_LIBS)
tests_http_test_request_SOURCES = tests/http/test-request.c tests/lib/check.h
tests_http_test_request_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_response_SOURCES = tests/http/test-response.c tests/lib/check.h
tests_http_test_response_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_etag_SOURCES = tests/http/test-etag.c tests/lib/check.h
tests_http_test_etag_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_range_SOURCES = tests/http/test-range.c tests/lib/check.h
tests_http_test_range_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_route_SOURCES = tests/http/test-route.c tests/lib/check.h
tests_http_test_route_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
tests_http_test_transport_cgi_SOURCES = tests/http/test-transport-cgi.c \
	tests/lib/check.h
tests_http_test_transport_cgi_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)

# A program for the tests of the server, and no test itself.
EXTRA_PROGRAMS += tests/http/fcgi-echo
check_DATA += tests/http/fcgi-echo$(EXEEXT)
CLEANFILES += tests/http/fcgi-echo$(EXEEXT)
tests_http_fcgi_echo_SOURCES = tests/http/fcgi-echo.c
tests_http_fcgi_echo_LDADD = $(HTTP_LIBS) $(FCGI_LIBS)

fcgi_client = tests/http/fcgi_client.c tests/http/fcgi_client.h \
	tests/lib/check.h
check_PROGRAMS += tests/http/test-transport-fcgi
tests_http_test_transport_fcgi_SOURCES = tests/http/test-transport-fcgi.c \
	$(fcgi_client)
tests_http_test_transport_fcgi_LDADD = $(HTTP_LIBS) $(FCGI_LIBS) \
	$(CMOCKA_LIBS)
check_PROGRAMS += tests/http/test-server
tests_http_test_server_SOURCES = tests/http/test-server.c $(fcgi_client)
tests_http_test_server_LDADD = $(HTTP_LIBS) $(FCGI_LIBS) $(CMOCKA_LIBS)
tests_http_test_form_query_SOURCES = tests/http/test-form_query.c \
	tests/lib/check.h
tests_http_test_form_query_LDADD = $(HTTP_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
