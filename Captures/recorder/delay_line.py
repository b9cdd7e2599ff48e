"""A long way round: what one station routes into its `far0` comes out of another station's `far0`, so many seconds later.

    delay_line.py PROCESS SECONDS    in the first station's namespace; PROCESS is one of the second station's
"""

import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000


def tunnel():
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"far0", IFF_TUN | IFF_NO_PI))
    os.system("ip link set far0 up")
    return device


def main(process, seconds):
    near = tunnel()
    with open(f"/proc/{process}/ns/net") as other:
        if ctypes.CDLL(None, use_errno=True).setns(other.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    far = tunnel()
    waiting = []
    print("carrying", flush=True)
    while True:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([near], [], [], wait)[0]:
            waiting.append((time.monotonic() + seconds, os.read(near, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(far, waiting.pop(0)[1])


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
