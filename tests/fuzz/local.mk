# SPDX-License-Identifier: MIT
# Fuzz targets: a row in fuzz_targets, its sources with $(fuzz_main), its
# libraries, and a corpus of small files (tests/fuzz/fuzz.h).
fuzz_targets = \
	tests/fuzz/fuzz-answer \
	tests/fuzz/fuzz-image \
	tests/fuzz/fuzz-multipart \
	tests/fuzz/fuzz-text \
	tests/fuzz/fuzz-tmpl \
	tests/fuzz/fuzz-verify

if FUZZING
noinst_PROGRAMS = $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz-answer.c $(fuzz_main)
tests_fuzz_fuzz_answer_LDADD = $(S3_LIBS) $(CURL_LIBS) $(CODEC_SYS)
tests_fuzz_fuzz_answer_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz-image.c $(fuzz_main)
tests_fuzz_fuzz_image_LDADD = $(CODEC_LIBS) $(CODEC_SYS)
tests_fuzz_fuzz_image_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_multipart_SOURCES = tests/fuzz/fuzz-multipart.c \
	tests/http/multipart_record.h $(fuzz_main)
tests_fuzz_fuzz_multipart_LDADD = $(HTTP_LIBS) $(CODEC_SYS)
tests_fuzz_fuzz_multipart_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz-text.c $(fuzz_main)
tests_fuzz_fuzz_text_LDADD = $(WEB_LIBS) $(ALL_SYS)
tests_fuzz_fuzz_text_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_tmpl_SOURCES = tests/fuzz/fuzz-tmpl.c tests/tmpl/skeleton.h \
	$(fuzz_main)
tests_fuzz_fuzz_tmpl_LDADD = $(TMPL_LIBS) $(CODEC_SYS)
tests_fuzz_fuzz_tmpl_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz-verify.c $(fuzz_main)
tests_fuzz_fuzz_verify_LDADD = $(S3_LIBS) $(CURL_LIBS) $(CODEC_SYS)
tests_fuzz_fuzz_verify_LDFLAGS = $(fuzz_ldflags)

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay.c
