# SPDX-License-Identifier: MIT
SCRIPTED = tests/lib/scripted.c tests/lib/scripted.h tests/lib/check.h

check_PROGRAMS += tests/net/test-fetch tests/net/test-fetch_set
tests_net_test_fetch_SOURCES = tests/net/test-fetch.c $(SCRIPTED)
tests_net_test_fetch_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
tests_net_test_fetch_set_SOURCES = tests/net/test-fetch_set.c $(SCRIPTED)
tests_net_test_fetch_set_LDADD = $(NET_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
