# SPDX-License-Identifier: MIT
EXTRA_DIST += bench/README.md bench/results.md bench/hello.c bench/load.lua \
	bench/direct.py bench/driver.py bench/measure.py bench/objects \
	bench/records-at-scale bench/run bench/service.py

# `make bench/presign', in an ordinary build.
EXTRA_PROGRAMS += bench/presign
bench_presign_SOURCES = bench/presign.c
bench_presign_LDADD = $(S3_LIBS) $(CURL_LIBS) $(CODEC_SYS)
CLEANFILES += bench/presign$(EXEEXT)

# `make bench/records', in an ordinary build; bench/records-at-scale runs it.
EXTRA_PROGRAMS += bench/records
bench_records_SOURCES = bench/records.c
bench_records_LDADD = $(MODEL_LIBS) $(SQL_SYS) $(CURL_LIBS) $(CODEC_SYS)
CLEANFILES += bench/records$(EXEEXT)
