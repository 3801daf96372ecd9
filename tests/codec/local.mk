# SPDX-License-Identifier: MIT
codec_test_libs = $(CODEC_LIBS) $(CODEC_SYS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/codec/test-json
tests_codec_test_json_SOURCES = tests/codec/test-json.c tests/lib/check.h
tests_codec_test_json_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-utf8
tests_codec_test_utf8_SOURCES = tests/codec/test-utf8.c tests/lib/check.h
tests_codec_test_utf8_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-date
tests_codec_test_date_SOURCES = tests/codec/test-date.c tests/lib/check.h
tests_codec_test_date_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-digest
tests_codec_test_digest_SOURCES = tests/codec/test-digest.c tests/lib/check.h
tests_codec_test_digest_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-hex
tests_codec_test_hex_SOURCES = tests/codec/test-hex.c tests/lib/check.h
tests_codec_test_hex_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-html
tests_codec_test_html_SOURCES = tests/codec/test-html.c tests/lib/check.h
tests_codec_test_html_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-url
tests_codec_test_url_SOURCES = tests/codec/test-url.c tests/lib/check.h
tests_codec_test_url_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-xml
tests_codec_test_xml_SOURCES = tests/codec/test-xml.c tests/lib/check.h
tests_codec_test_xml_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-image
tests_codec_test_image_SOURCES = tests/codec/test-image.c tests/lib/check.h \
	tests/lib/sample.h
tests_codec_test_image_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-filecheck
tests_codec_test_filecheck_SOURCES = tests/codec/test-filecheck.c tests/lib/check.h \
	tests/lib/sample.h
tests_codec_test_filecheck_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-filename
tests_codec_test_filename_SOURCES = tests/codec/test-filename.c tests/lib/check.h
tests_codec_test_filename_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-crc32
tests_codec_test_crc32_SOURCES = tests/codec/test-crc32.c tests/lib/check.h
tests_codec_test_crc32_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-exif
tests_codec_test_exif_SOURCES = tests/codec/test-exif.c tests/lib/check.h
tests_codec_test_exif_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-image-hostile
tests_codec_test_image_hostile_SOURCES = tests/codec/test-image-hostile.c tests/lib/check.h
tests_codec_test_image_hostile_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-mediatype
tests_codec_test_mediatype_SOURCES = tests/codec/test-mediatype.c tests/lib/check.h
tests_codec_test_mediatype_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-sniff
tests_codec_test_sniff_SOURCES = tests/codec/test-sniff.c tests/lib/check.h \
	tests/lib/sample.h
tests_codec_test_sniff_LDADD = $(codec_test_libs)
EXTRA_DIST += $(image_samples)
image_samples = \
	tests/data/images/alpha.webp \
	tests/data/images/animated-hidden.png \
	tests/data/images/animated.gif \
	tests/data/images/animated.png \
	tests/data/images/animated.webp \
	tests/data/images/baseline.jpg \
	tests/data/images/cmyk.jpg \
	tests/data/images/commented.jpg \
	tests/data/images/exif-3.webp \
	tests/data/images/exif-6.jpg \
	tests/data/images/exif-8-many-segments.jpg \
	tests/data/images/gray-1.png \
	tests/data/images/gray-alpha.png \
	tests/data/images/gray-restart.jpg \
	tests/data/images/gray.png \
	tests/data/images/interlaced.gif \
	tests/data/images/interlaced.png \
	tests/data/images/lossless.webp \
	tests/data/images/lossy.webp \
	tests/data/images/palette.png \
	tests/data/images/progressive.jpg \
	tests/data/images/rgb-16.png \
	tests/data/images/rgb.png \
	tests/data/images/rgba.png \
	tests/data/images/still-87a.gif \
	tests/data/images/still.gif
check_PROGRAMS += tests/codec/test-container
tests_codec_test_container_SOURCES = tests/codec/test-container.c \
	tests/lib/check.h
tests_codec_test_container_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-latin
tests_codec_test_latin_SOURCES = tests/codec/test-latin.c tests/lib/check.h
tests_codec_test_latin_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-password
tests_codec_test_password_SOURCES = tests/codec/test-password.c \
	tests/lib/check.h
tests_codec_test_password_LDADD = $(codec_test_libs)
check_PROGRAMS += tests/codec/test-disposition
tests_codec_test_disposition_SOURCES = tests/codec/test-disposition.c \
	tests/lib/check.h
tests_codec_test_disposition_LDADD = $(codec_test_libs)
