"""Asks for the instances of a service by multicast DNS: mdns_browser.py ADDRESS SERVICE. Prints what answered."""

import sys
import time

from zeroconf import IPVersion, ServiceBrowser, Zeroconf


class Found:
    def add_service(self, zeroconf, kind, name):
        info = zeroconf.get_service_info(kind, name, timeout=2000)
        print(name, info.server, info.port, *info.parsed_addresses(), flush=True)

    def update_service(self, *_):
        pass

    remove_service = update_service


zeroconf = Zeroconf(interfaces=[sys.argv[1]], ip_version=IPVersion.V4Only)
browser = ServiceBrowser(zeroconf, sys.argv[2], Found())
time.sleep(1.5)
zeroconf.close()
