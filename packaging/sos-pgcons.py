# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin of sos(1): reports of pgcons-kdump go with a sos report, dumps do not.

Copy it to sos/report/plugins/pgcons.py among Python's packages.
"""

import os

from sos.report.plugins import DebianPlugin, Plugin, RedHatPlugin, UbuntuPlugin


class Pgcons(Plugin, RedHatPlugin, DebianPlugin, UbuntuPlugin):

    short_desc = 'Page allocator consistency of crash dumps'

    plugin_name = 'pgcons'
    profiles = ('system', 'debug')
    packages = ('pgcons-dump',)
    files = ('/usr/sbin/pgcons-dump', '/usr/local/sbin/pgcons-dump')

    def setup(self):
        crash = os.environ.get('PGCONS_CRASH_DIR', '/var/crash')
        self.add_copy_spec([
            crash + '/*/pgcons*.json',
            crash + '/*/pgcons*.txt',
            crash + '/*/pgcons*.html',
            crash + '/*/.pgcons-*',
        ])
        self.add_cmd_output('pgcons-dump --version')
        self.add_cmd_output('systemctl status pgcons-kdump.timer pgcons-kdump.service')
        self.add_journal(units='pgcons-kdump.service')
