"""Memory and CPU of an idle agent; the size of a full fact report, and its largest table beside dpkg-query."""

import json
import pathlib
import subprocess
import time

import machine
import khien

AIM_KIB = 30 * 1024


def main():
    machine.describe()
    with khien.Site() as site:
        site.enrol("may", unit="goc")
        agent = site.agent("may", settings="facts:\n  every: 1d\n")
        shown = lambda: site.server_json("endpoint", "show", site.uid("may"))
        khien.wait_for(lambda: shown().get("last_scan") and len(shown()["facts"]) == shown()["facts_total"], 300, 1, "the first review")
        time.sleep(5)
        pids = machine.tree(agent.pid)
        before, start = machine.cpu_seconds(pids), time.monotonic()
        time.sleep(60)
        pids_after = machine.tree(agent.pid)
        rss, pss = machine.memory_kib(pids_after)
        used = machine.cpu_seconds(pids_after) - before
        print(f"   idle, {len(pids_after)} processes: RSS {rss / 1024:.1f} MiB, PSS {pss / 1024:.1f} MiB (aim: ≤ {AIM_KIB / 1024:.0f} MiB); "
              f"CPU {1000 * used:.0f} ms in {time.monotonic() - start:.0f} s")
        for pid in pids_after:
            one_rss, one_pss = machine.memory_kib([pid])
            print(f"     {pathlib.Path(f'/proc/{pid}/cmdline').read_text().replace(chr(0), ' ')[-40:]:40} RSS {one_rss / 1024:.1f} PSS {one_pss / 1024:.1f} MiB")
    took, done = machine.timed(lambda: subprocess.run([str(khien.BIN / "khien"), "facts", "--json"], capture_output=True, check=True, env=khien.ENV))
    packed = subprocess.run(["zstd", "-3", "-c"], input=done.stdout, capture_output=True, check=True).stdout
    print(f"   full fact report: {len(done.stdout.splitlines())} rows, {len(done.stdout) / 1024:.0f} KiB as NDJSON, {len(packed) / 1024:.0f} KiB with zstd -3, collected in {1000 * took:.0f} ms")
    ours = lambda: subprocess.run([str(khien.BIN / "khien"), "facts", "packages", "--json"], capture_output=True, check=True, env=khien.ENV)
    dpkg = lambda: subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture} ${Status} ${Maintainer} ${Installed-Size}\n"], capture_output=True, check=True)
    mine, theirs, ratio = machine.median_of_pairs(ours, dpkg)
    print(f"   installed software alone, with what each package came from and what is offered: {1000 * mine:.0f} ms; dpkg-query -W of the same packages: {1000 * theirs:.0f} ms; {ratio:.2f} times as fast as dpkg-query")


main()
