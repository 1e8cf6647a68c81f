"""Another machine on this one: a mount namespace with a machine-id, a network card and a clock of its own. What agents and servers measure of it they measure as anywhere.

    other = machine.Machine(directory, "b")
    site.agent("may", on=other)
    other.set_clock(days=-5)
"""

import hashlib
import os
import pathlib
import struct
import subprocess
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent / "clock.c"
SCRIPT = """set -e
over=$1 id=$2 mac=$3 preload=$4
shift 4
mount -t tmpfs none "$over"
mkdir "$over/upper" "$over/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$over/upper,workdir=$over/work" none /etc
echo "$id" >/etc/machine-id
echo "$preload" >/etc/ld.so.preload
mount -t tmpfs none /sys/class/net
for address in $mac; do
  card=/sys/class/net/khien-${address##*:}
  mkdir -p "$card/device"
  echo "$address" >"$card/address"
  echo 0 >"$card/addr_assign_type"
done
[ ! -d /sys/class/dmi ] || mount -t tmpfs none /sys/class/dmi
exec "$@"
"""


class Machine:
    def __init__(self, directory, name):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root for a mount namespace")
        here = pathlib.Path(directory) / f"machine-{name}"
        (here / "over").mkdir(parents=True)
        self.clock = here / "clock"
        self.set_clock()
        shim = here / "clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", f'-DKHIEN_TEST_CLOCK="{self.clock}"', "-o", shim, SOURCE], check=True)
        own = hashlib.sha256(name.encode()).hexdigest()
        mac = "02:" + ":".join(own[i : i + 2] for i in range(0, 10, 2))
        self.fingerprint_parts = f"machine={own[:32]}\nmac={mac}\n"
        self.script = lambda macs: ["unshare", "-m", "sh", "-c", SCRIPT, "sh", str(here / "over"), own[:32], macs, str(shim)]
        self.mac, self.prefix = mac, self.script(mac)
        if subprocess.run([*self.prefix, "true"], check=False).returncode != 0:
            raise unittest.SkipTest("this system allows no mount namespace with an overlay")

    def plug_in_card(self):
        """One more network card, as of a USB stick, for all programs that are started from now on."""
        self.prefix = self.script(f"{self.mac} 02:55:53:42:00:01")

    def set_clock(self, days=0.0):
        """So far from the true time, at once for all programs of the machine."""
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("<q", round(days * 86400)))
