# SPDX-License-Identifier: MIT
"""Web servers for sites, started as an installation starts them."""
