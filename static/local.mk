# SPDX-License-Identifier: MIT
nobase_dist_pkgdata_DATA += \
	static/almacen.css \
	static/audio.svg \
	static/document.svg \
	static/favicon.svg \
	static/image.svg \
	static/trash.svg \
	static/video.svg
