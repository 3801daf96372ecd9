# SPDX-License-Identifier: MIT
SCRIPTED = tests/lib/scripted.c tests/lib/scripted.h tests/lib/check.h

check_PROGRAMS += tests/net/test-fetch tests/net/test-fetch_set \
	tests/net/test-tls tests/net/test-watch
tests_net_test_fetch_SOURCES = tests/net/test-fetch.c $(SCRIPTED)
tests_net_test_fetch_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
tests_net_test_fetch_set_SOURCES = tests/net/test-fetch_set.c $(SCRIPTED)
tests_net_test_fetch_set_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
tests_net_test_tls_SOURCES = tests/net/test-tls.c tests/lib/check.h \
	tests/lib/tmpdir.h
tests_net_test_tls_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
tests_net_test_watch_SOURCES = tests/net/test-watch.c tests/lib/check.h
tests_net_test_watch_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
