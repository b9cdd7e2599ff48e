"""Two network namespaces with a veth between them, and nothing else: what one side sends, the other may capture."""
import contextlib, subprocess


def sh(*command):
    subprocess.run(command, check=True)


@contextlib.contextmanager
def pair(name):
    """Yields the two namespaces; the interface of each is eth0."""
    sides = (f"{name}-a", f"{name}-b")
    for side in sides:
        sh("ip", "netns", "add", side)
    try:
        sh("ip", "link", "add", "eth0", "netns", sides[0], "type", "veth", "peer", "name", "eth0", "netns", sides[1])
        for side in sides:
            sh("ip", "netns", "exec", side, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            sh("ip", "-n", side, "link", "set", "eth0", "up")
        yield sides
    finally:
        for side in sides:
            subprocess.run(["ip", "netns", "delete", side])
