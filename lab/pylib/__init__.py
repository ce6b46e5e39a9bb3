# SPDX-License-Identifier: GPL-2.0-or-later
"""What lab/lab is made of. Python's standard library only."""
