"""A real node in namespaces: the operations of a history, done with the real executable, and what can be seen afterwards."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{REPOSITORY}/tests/kill")

import machine  # noqa: E402  this and the next are the kill test's
from scenarios import write  # noqa: E402

import texts  # noqa: E402
from processes import LIMIT, await_end, family, processes  # noqa: E402
from sight import CONFIG, FOREIGN, PREP, UNITS, Sight, read  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LD_PRELOAD": "/kit/mounts.so"}

# What ends all processes.
ENDS_ALL = ("reboot", "boot-clone", "copy")


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def start_servers():
    """File servers that accept connections; what a node mounts is a tmpfs."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in texts.SERVERS:
        machine.listen(address, 2049)
    master, port = texts.MASTERS.split(":")
    machine.listen(master, int(port))


class Node(Sight):
    """One node of one history; the process that makes it needs mounts, processes and network of its own."""

    def __init__(self, work):
        self.work = work
        self.outside = os.open("/", os.O_DIRECTORY)
        root = f"{work}/root"
        machine.mount("node", root, "tmpfs")
        subprocess.run(["cp", "-a", f"{work}/template/.", root], check=True)
        for source, target in [("/usr", "usr"), (f"{work}/kit", "kit"), (f"{work}/kit/mount.nfs", "usr/sbin/mount.nfs")]:
            machine.bind_read_only(source, f"{root}/{target}")
        machine.mount("/dev", f"{root}/dev", flags=machine.BIND | machine.RECURSIVE)
        machine.mount("proc", f"{root}/proc", "proc")
        os.chroot(root)
        os.chdir("/")
        self.instance = self.boot = 0
        self.old_marks, self.holders, self.waiting = set(), {}, None
        self.start_instance()
        self.result = None

    def close(self):
        self.kill_all()
        os.fchdir(self.outside)
        os.chroot(".")
        os.close(self.outside)
        machine.call("umount2", f"{self.work}/root", 2)

    # What a boot does.

    def start_boot(self):
        self.boot += 1
        write("/srv/boot-id", f"00000000-0000-4000-8000-{self.boot:012d}\n")
        if self.boot == 1:
            machine.mount("/srv/boot-id", "/proc/sys/kernel/random/boot_id", flags=machine.BIND)
        subprocess.run(["find", "/run", "-mindepth", "1", "-delete"], check=True)
        self.cover("/foreign")

    def start_instance(self):
        self.instance += 1
        write("/sys/class/dmi/id/product_uuid", f"5c0ffee0-0000-4000-8000-{self.instance:012d}\n")
        write("/etc/machine-id", f"{self.instance:032d}\n")
        self.configure(texts.FIRST)
        self.start_boot()

    @staticmethod
    def cover(place, source="foreign"):
        os.makedirs(place, exist_ok=True)
        machine.mount(source, place, "tmpfs", data="size=64k")

    def configure(self, storage):
        write(CONFIG, texts.configuration(storage))

    def kill_all(self):
        self.holders, self.waiting = {}, None
        for pid in processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await_end(lambda: not processes())

    def stop(self):
        """What the end of a boot does."""
        self.kill_all()
        for place, *_ in reversed(self.storage_mounts()):
            machine.call("umount2", place, 0)

    def mount_fstab(self, guarded=True):
        """The guard, then what systemd mounts: not what is below a mount that failed."""
        if guarded:
            self.agent("guard")
        fields = [line.split() for line in read("/etc/fstab").splitlines()]
        places = sorted(one[1] for one in fields if len(one) > 3 and one[2] in ("nfs", "nfs4") and "noauto" not in one[3])
        failed = set()
        for place in places:
            os.makedirs(place, exist_ok=True)
            if texts.OUTER.get(place) in failed or not self.runs("mount", place):
                failed.add(place)
        for path in glob.glob(f"{UNITS}/multi-user.target.wants/thpc-goosefs-*"):
            if start := re.search("^ExecStart=(.*)$", read(path) or "", re.MULTILINE):
                self.runs(*start[1].split())

    @staticmethod
    def runs(*words):
        # The daemon of a file system keeps the output open.
        return subprocess.run(words, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    # Operations of a history.

    def agent(self, *words, strike=None):
        command = ["/kit/agent", *words] if strike is None else ["/kit/strike", str(strike), "/tmp/strike", "/kit/agent", *words]
        done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT, check=False)
        self.settle()
        if strike is not None:
            killed = not read("/tmp/strike").split()[1].startswith("-")
            os.remove("/tmp/strike")
            return None if killed else done
        return done

    @staticmethod
    def start_agent(words):
        with open("/tmp/output", "w", encoding="utf-8") as output, open("/tmp/errors", "w", encoding="utf-8") as errors:
            return subprocess.Popen(["/kit/agent", *words], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)

    def end_of(self, process):
        """The result of the agent; None if it was killed."""
        code = process.wait(LIMIT)
        self.settle()
        output, errors = read("/tmp/output"), read("/tmp/errors")
        remove("/tmp/output")
        remove("/tmp/errors")
        return None if code == -signal.SIGKILL else subprocess.CompletedProcess(process.args, code, output, errors)

    def agent_until(self, words, milliseconds):
        """Kills the agent after that time, if it still runs."""
        process = self.start_agent(words)
        try:
            process.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
        return self.end_of(process)

    def agent_leaving(self, words, number):
        """Kills the agent when the n-th program that it starts, a mount or script, runs; that one waits until let_go."""
        write("/srv/count", "")
        write("/srv/slow", f"{number}\n")
        started = os.open("/srv/started", os.O_RDWR | os.O_NONBLOCK)
        process = self.start_agent(words)
        ended = os.pidfd_open(process.pid)
        ready = select.select([started, ended], [], [], LIMIT)[0]
        if started in ready:
            process.kill()
            pid, what, source = os.read(started, 4096).decode().split()
            self.waiting = int(pid), (what, source)
        os.close(started)
        os.close(ended)
        remove("/srv/slow")
        return self.end_of(process)

    def let_go(self):
        """Lets the program that a killed run left come to its end, if it has not been ended."""
        pid, self.waiting = self.waiting[0], None

        def gone():
            if pid not in processes():
                return True
            try:
                go = os.open("/srv/go", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False  # it does not wait yet
            os.write(go, b"\n")
            os.close(go)
            return True
        await_end(gone)
        self.settle()

    def settle(self):
        """Waits for scripts and mounts that a killed run left; they end by themselves."""
        def over():
            now = processes()
            staying = {one.pid for one in self.holders.values()} | (family(self.waiting[0], now) if self.waiting else set())
            return not [pid for pid, (_, words) in now.items() if pid not in staying and not words.startswith("bindfs ")]
        await_end(over)

    def hold(self, place, how):
        """A process works in the mount, or has a file of it open."""
        top = self.top(place)
        if top and top[0].mode != "dead" and top[1] not in self.holders:
            with contextlib.ExitStack() as opened:
                options = {"cwd": place}
                if how == "file" and top[0].mode == "rw":
                    write(f"{place}/held", "")
                    options = {"stdin": opened.enter_context(open(f"{place}/held", encoding="utf-8"))}
                holder = self.holders[top[1]] = subprocess.Popen(["holder", "infinity"], executable="/usr/bin/sleep", **options)
            await_end(lambda: holder.pid in processes())  # a process that is still being started has no name

    def release(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()
        self.holders = {}

    def end_daemon(self, place):
        if (top := self.top(place)) and top[0].source == texts.STORAGE["G"][1] and top[0].mode != "dead":
            for pid in [pid for pid, (_, words) in processes().items() if words.startswith("bindfs ") and words.endswith(place)]:
                os.kill(pid, signal.SIGKILL)
            await_end(lambda: self.is_dead(place))

    def command(self, words):
        """The agent's words for an operation; None for one that is not the agent's."""
        match words:
            case ["bootstrap"]:
                return words
            case ["add", name]:
                place, source, protocol = texts.STORAGE[name]
                what = ["--masters", texts.MASTERS] if name == "G" else ["--remote-path", source, "--protocol", protocol]
                return ["storage", "add", "--local-path", place, *what, "--persist"]
            case ["remove" | "detach", name]:
                return ["storage", "remove", texts.STORAGE[name][0], "--persist", *(["--lazy"] if words[0] == "detach" else [])]
            case ["repair"]:
                return ["storage", "verify", "--repair"]
            case ["prep"]:
                return PREP
        return None

    def do(self, words):
        """Does one operation; returns the exit code and error code of the agent, or None if it was killed or did not run."""
        done = None
        if words[0] == "leave":
            done = self.agent_leaving(self.command(words[1:-1]), words[-1])
        elif words[0] == "kill" and words[-1].endswith("ms"):
            done = self.agent_until(self.command(words[1:-1]), int(words[-1][:-2]))
        elif words[0] == "kill":
            done = self.agent(*self.command(words[1:-1]), strike=int(words[-1]))
        elif command := self.command(words):
            done = self.agent(*command)
        else:
            self.do_as_others(words)
        self.result = done
        return done and (done.returncode, self.codes(words, done))

    def do_as_others(self, words):
        match words:
            case ["boot-clone"]:
                self.stop()
                self.start_instance()
            case ["copy", *unguarded]:
                self.old_marks |= {mark for _, mark in [*texts.split(read("/etc/fstab"))[1].values(), *self.units().values()]}
                self.stop()
                self.start_instance()
                self.mount_fstab(guarded=not unguarded)
            case ["reboot"]:
                self.stop()
                self.start_boot()
                self.mount_fstab()
            case ["edit", storage]:
                self.configure(storage.split(",") if storage != "-" else [])
            case ["umount", name]:
                if self.top(texts.STORAGE[name][0]):
                    with contextlib.suppress(OSError):  # it is in use
                        machine.call("umount2", texts.STORAGE[name][0], 0)
            case ["cover", name, kind]:
                place = texts.STORAGE[name][0]
                if not ((top := self.top(place)) and top[0].mode == "dead"):
                    self.cover(place, texts.FOREIGN[kind])
            case ["protect", name]:
                place = texts.STORAGE[name][0]
                if (top := self.top(place)) and top[0].mode == "rw" and top[0].source not in FOREIGN:
                    machine.mount(None, place, flags=machine.REMOUNT | machine.READ_ONLY)
            case ["hold", name, how]:
                self.hold(texts.STORAGE[name][0], how)
            case ["release"]:
                self.release()
            case ["die", name]:
                self.end_daemon(texts.STORAGE[name][0])
            case ["deny", address]:
                write(f"/srv/denies/{address}", "")
            case ["allow", address]:
                remove(f"/srv/denies/{address}")
            case ["script", "fails"]:
                write("/srv/once-fails", "")
            case ["script", "works"]:
                remove("/srv/once-fails")
            case ["fstab", *change]:
                write("/etc/fstab", texts.edited(read("/etc/fstab"), change))
            case _:
                raise ValueError(f"no such operation: {' '.join(words)}")

    @staticmethod
    def codes(words, done):
        """The error codes of the result."""
        text = done.stdout if "repair" in words else done.stdout + done.stderr
        code = r"\b(?:[A-Z]+_[A-Z_]+|BUSY|INTERRUPTED|INTERNAL)\b(?= /|:)"
        return set(re.findall(code, text)) if done.returncode else set()
